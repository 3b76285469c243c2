// A module of src/lib as it runs in the browser, for tests in node.
import { build } from 'esbuild';

export async function lib(name) {
  const { outputFiles } = await build({
    entryPoints: [new URL(`../src/lib/${name}.ts`, import.meta.url).pathname], bundle: true, format: 'esm', write: false, logLevel: 'error'
  });
  return import('data:text/javascript;base64,' + Buffer.from(outputFiles[0].contents).toString('base64'));
}
