import { defineConfig } from 'vite';

// Serves the gallery (`/dev/index.html?scene=…`) from the package root; never part of a build.
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { host: '127.0.0.1', port: 5199, strictPort: true },
});
