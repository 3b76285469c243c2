/*
 * node embed.mjs DIST OUT.c: writes the built pages as a C file (ui_assets.h says what it holds).
 *
 * Bytes are written as string literals, which compilers read an order of magnitude faster than lists of
 * integers, and which need no assembler and no path outside the file. The same input gives the same
 * bytes: files in order of name, gzip without a time stamp.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';

const MIME = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.woff2': 'font/woff2'
};
const LINE_BYTES = 48;

function files_under(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files_under(join(folder, entry.name)) : [join(folder, entry.name)]
  );
}

const BYTE = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  if (char === '"' || char === '\\') return '\\' + char;
  if (byte >= 32 && byte < 127 && char !== '?') return char; // "?" could begin a trigraph
  return '\\' + byte.toString(8).padStart(3, '0');
});

/** The bytes as adjacent string literals; the terminating NUL is one byte beyond `size`. */
function literal(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += LINE_BYTES) {
    let line = '';
    for (const byte of bytes.subarray(at, at + LINE_BYTES)) line += BYTE[byte];
    lines.push(`    "${line}"`);
  }
  return lines.join('\n');
}

function asset_read(dist, file) {
  const content = readFileSync(file);
  const mime = MIME[extname(file)];
  if (!mime) throw new Error(`${file}: no MIME type known for "${extname(file)}"; add it to MIME in embed.mjs`);
  const gzip = gzipSync(content, { level: 9 });
  gzip[9] = 255; // the "operating system" byte differs between machines
  const etag = createHash('sha256').update(content).digest('hex').slice(0, 20);
  return { path: '/' + relative(dist, file).split(sep).join('/'), mime, etag, gzip };
}

const [dist, out] = process.argv.slice(2);
if (!dist || !out) {
  console.error('usage: node embed.mjs DIST OUT.c');
  process.exit(2);
}
const assets = files_under(dist).map((file) => asset_read(dist, file)).sort((a, b) => (a.path < b.path ? -1 : 1));
if (!assets.some((asset) => asset.path === '/index.html')) throw new Error(`${dist}: no index.html; run "npm run build" first`);

const arrays = assets.map(({ gzip }, i) => `static const unsigned char asset_${i}[] =\n${literal(gzip)};\n`);
const rows = assets.map(
  ({ path, mime, etag, gzip }, i) => `    {"${path}", "${mime}", "\\"${etag}\\"", asset_${i}, ${gzip.length}},`
);
writeFileSync(
  out,
  `/* Made by web/ui/embed.mjs; do not edit. */
#include "ui_assets.h"

${arrays.join('\n')}
const UiAsset ui_assets[] = {
${rows.join('\n')}
};
const size_t ui_asset_count = sizeof ui_assets / sizeof ui_assets[0];
`
);
