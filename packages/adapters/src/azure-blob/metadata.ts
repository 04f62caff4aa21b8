// Owns the names of metadata on Azure, where they are those of C# identifiers: no hyphen, and no difference between cases.

export function metadataTo(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name.replaceAll('-', '_'), value]),
  );
}

export function metadataFrom(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name.toLowerCase().replaceAll('_', '-'), value]),
  );
}
