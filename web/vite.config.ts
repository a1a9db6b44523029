import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** Behind what is shown while it is loaded: a style sheet in the head would hold that up. The script waits for it either way. */
const styleSheetLast: Plugin = {
  name: 'style-sheet-last',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => {
      const links = html.match(/<link rel="stylesheet"[^>]*>\s*/g) ?? []
      return links.reduce((page, link) => page.replace(link, ''), html).replace('</body>', `${links.join('')}</body>`)
    },
  },
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss(), styleSheetLast],
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
