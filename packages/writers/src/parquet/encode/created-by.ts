// Owns the name under which files say who wrote them.
import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('#package.json') as { readonly version: string }; // every package has one

/** In the form `application version x.y.z` that readers take apart to work around mistakes of single versions. */
export const createdBy: string = `tailrace version ${version}`;
