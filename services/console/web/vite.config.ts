import { defineConfig } from 'vite';

const here = new URL('.', import.meta.url).pathname;

/** Every reference is relative: the server sets the page's base by the depth of its address, so any path prefix works. */
export default defineConfig({
  root: here,
  base: './',
  build: {
    outDir: `${here}../dist/web`,
    emptyOutDir: true,
    target: 'es2022',
    // A data: URL would be one more source for the content security policy to allow.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      checks: { bundlerTimings: false },
      onLog: (level, log, say) => {
        // "use client" speaks to servers that render React; there is none here.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') say(level, log);
      },
    },
  },
});
