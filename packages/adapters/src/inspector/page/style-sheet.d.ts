// Owns what TypeScript thinks of style sheets that the bundler takes in: they give no values.
declare module '*.css';
