// Owns the distance between two points on the Earth. It knows no airports.

/** Mean radius of the Earth, in kilometres (IUGG). */
const earthRadiusKm = 6371.0088;

/** Degrees, north and east positive. */
export interface Position {
  readonly lat: number;
  readonly lon: number;
}

/** Kilometres along the great circle, by the haversine formula (Sinnott, "Virtues of the Haversine", 1984). */
export function greatCircleKm(a: Position, b: Position): number {
  const latA = radians(a.lat);
  const latB = radians(b.lat);
  const halfLat = Math.sin((latB - latA) / 2);
  const halfLon = Math.sin(radians(b.lon - a.lon) / 2);
  const h = halfLat * halfLat + Math.cos(latA) * Math.cos(latB) * halfLon * halfLon;
  // Rounding can lift h above 1 for points opposite each other.
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(h)));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
