// Everything is bundled and addressed relatively, so that the pages work at any path and fetch
// nothing from another origin. `npm run dev` passes /api to a server named by TESSERA_URL.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  plugins: [svelte()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: { manualChunks: (id) => (/node_modules\/(echarts|zrender)/.test(id) ? 'charts' : /node_modules\/@?(codemirror|lezer|marijn|style-mod|crelt|w3c-keyname)/.test(id) ? 'editor' : undefined) }
    }
  },
  server: { proxy: { '/api': process.env.TESSERA_URL ?? 'http://127.0.0.1:8080' } }
});
