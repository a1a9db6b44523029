import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss()],
  build: {
    // the page's policy takes no data: URLs
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
  },
  // npx vite web: the page as it is being written, before a server on port 3000
  server: { proxy: { '/v1': 'http://127.0.0.1:3000' } },
})
