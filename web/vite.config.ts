import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import sharp from 'sharp';
import { defineConfig, type Plugin } from 'vite';

/** What does not get smaller by it is left alone: pictures and fonts are compressed already. */
const compressible = /\.(js|mjs|css|svg|json|webmanifest|wasm|txt)$/;

/** Compressed once, here, and not at every visit. */
function precompress(): Plugin {
  let folder = '';
  return {
    name: 'precompress',
    apply: 'build',
    configResolved: (config) => {
      folder = resolve(config.root, config.build.outDir);
    },
    closeBundle: () => {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !compressible.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const bytes = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }));
      }
    },
  };
}

const icons = [
  { fileName: 'icon-192.png', side: 192, isPadded: false },
  { fileName: 'icon-512.png', side: 512, isPadded: false },
  { fileName: 'icon-maskable-512.png', side: 512, isPadded: true },
  { fileName: 'apple-touch-icon.png', side: 180, isPadded: true },
] as const;
const ground = '#1f756f';
/** What a launcher may cut off at each edge of a maskable icon (W3C Manifest, "safe zone"). */
const cutShare = 0.1;

/** The sign in the sizes that launchers want, drawn from its one source. */
function drawIcons(): Plugin {
  return {
    name: 'draw-icons',
    apply: 'build',
    async generateBundle() {
      const sign = readFileSync(join(import.meta.dirname, 'public', 'favicon.svg'));
      for (const { fileName, side, isPadded } of icons) {
        const inner = Math.round(isPadded ? side * (1 - 2 * cutShare) : side);
        const drawn = await sharp(sign, { density: 72 * 8 })
          .resize(inner, inner)
          .png()
          .toBuffer();
        const edge = { top: Math.floor((side - inner) / 2), bottom: Math.ceil((side - inner) / 2) };
        const border = { ...edge, left: edge.top, right: edge.bottom, background: ground };
        const padded = isPadded ? sharp(drawn).flatten({ background: ground }).extend(border) : sharp(drawn);
        this.emitFile({ type: 'asset', fileName, source: await padded.png().toBuffer() });
      }
    },
  };
}

/** Tells the service worker which files the first page is made of. */
function fillWorker(): Plugin {
  return {
    name: 'fill-worker',
    apply: 'build',
    generateBundle(_, bundle) {
      const worker = bundle['worker.js'];
      const first = Object.values(bundle).filter(
        (file) => (file.type === 'chunk' && file.isEntry && file !== worker) || file.fileName.endsWith('.css'),
      );
      const files = ['/favicon.svg', '/manifest.webmanifest', ...first.map(({ fileName }) => `/${fileName}`)].sort();
      const digest = createHash('sha256').update(Object.keys(bundle).sort().join('\n')).digest('hex').slice(0, 16);
      if (worker?.type !== 'chunk') throw new Error('there is no worker.js');
      worker.code = worker.code.replace('__SHELL_FILES__', JSON.stringify(files)).replace('__SHELL_DIGEST__', digest);
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), drawIcons(), fillWorker(), precompress()],
  build: {
    // Nothing goes into a page as text of its own: the content security policy allows files of this server only.
    rolldownOptions: {
      input: { index: join(import.meta.dirname, 'index.html'), worker: join(import.meta.dirname, 'src', 'worker.ts') },
      output: { entryFileNames: ({ name }) => (name === 'worker' ? 'worker.js' : 'assets/[name]-[hash].js') },
    },
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
});
