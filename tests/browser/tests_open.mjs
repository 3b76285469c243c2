/*
 * What `tessera open` shows of small files: their figures on the Overview, exactly, with time and without; the cube is the reader's choice.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { axe_check, card, opener, tile_exact, tiles } from './page_parts.mjs';
import { check, check_equal, page_settle } from './harness.mjs';

const FILES = {
  'Umsatz.csv': 'sep=;\r\nDatum;Kunde;Umsatz;Menge\r\n01.02.2025;Meier;1.234,50 €;1\r\n02.02.2025;Huber;12,50 €;3\r\n03.02.2025;Meier;1.000.000,00 €;\r\n;;;\r\nSumme:;;1.001.247,00 €;4\r\n',
  'shops.csv': 'shop,city,sqm\n1,Omsk,100\n2,Tara,250\n3,Omsk,75\n'
};

/** Opens the files; the address, and the process, which ends with SIGINT. */
function opened(tessera, paths) {
  return new Promise((resolve, reject) => {
    const child = spawn(tessera, ['open', ...paths, '--port', '0', '--quiet'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '', err = '';
    child.stdout.on('data', (part) => {
      out += part;
      const url = /http:\S+/.exec(out);
      if (url) resolve({ url: url[0], child });
    });
    child.stderr.on('data', (part) => (err += part));
    child.on('close', () => reject(new Error(`tessera open ended: ${err}`)));
  });
}

export async function tests_open(t, tessera) {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-open-'));
  const paths = Object.entries(FILES).map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  });
  const { url, child } = await opened(tessera, paths);
  try {
    await t.test('opened files: the figures of an export of a spreadsheet, and no YAML', { base: url }, async (page, visit) => {
      await visit('?period=2025-02-01..2025-02-28');
      check_equal(await tile_exact(page, 'umsatz.umsatz'), 1001247, 'the sum that the file itself has below');
      check_equal(await tile_exact(page, 'umsatz.menge'), 4, 'the quantities');
      check_equal(await tile_exact(page, 'umsatz.row_count'), 3, 'the rows');
      const customers = await card(page, 'breakdown-kunde.kunde').locator('.rows').innerText();
      check(customers.indexOf('Meier') < customers.indexOf('Huber'), `customers: ${customers}`);
      await axe_check(page, 'the Overview of opened files');
      await t.shot(page, 'overview of opened files');
    });
    await t.test('opened files: another cube, which has no time', { base: url, width: 390 }, async (page, visit) => {
      await visit();
      await opener(page, 'cube').click();
      await page.getByRole('option', { name: 'shops' }).click();
      await page_settle(page);
      check(page.url().includes('cube=shops'), page.url());
      check_equal([await tile_exact(page, 'shops.row_count'), await tile_exact(page, 'shops.sqm')], [3, 425], 'figures');
      check_equal(await opener(page, 'period').count(), 0, 'no period to choose');
      check((await tiles(page).count()) >= 2 && (await card(page, 'breakdown-city.city').count()) === 1, 'its city');
      await t.shot(page, 'overview of a cube without time 390');
    });
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true });
  }
}
