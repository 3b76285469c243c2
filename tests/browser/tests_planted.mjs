/*
 * The demo chain's own planted tests, judged from their pages as a person would who knows nothing else: what was planted (truth.json)
 * is what the page says, in both languages. Scale and seed are the smallest at which all five show what was planted in them: in fewer
 * customers chance hides the gain of the one that wins, and the split that went wrong.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check, check_equal, page_settle } from './harness.mjs';
import { axe_check, words_broken } from './page_parts.mjs';

const SCALE = '0.05', SEED = '2';
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const at = (page, name) => page.locator(`[data-test="${name}"]`);
const plain = (text) => text.replace(/\s+/g, ' ').trim();
/** The numbers of a sentence, as either language writes them. */
const numbers_of = (text) => [...text.replaceAll('−', '-').replace(/(?<=\d)[, ](?=\d{3}(\D|$))/g, '').replaceAll(',', '.').matchAll(/[-+]?\d+(\.\d+)?/g)].map(([number]) => Number(number));

/** What a page must say, by hand: the test, its name, its verdict's first words, and the rest as a pattern. */
const WANTED = {
  en: {
    win: ['Double points at weekends', /^Roll out: sales per customer rose [\d.]+ % \(95 % interval [\d.]+ to [\d.]+\), \+\d+ RUB in 28 days; split and guardrails are sound\.$/],
    null: ['A/A check of the split', /^Not decided: between −[\d.]+ % and \+[\d.]+ %; this test could reliably detect [\d.]+ % or more\. For 1 %, about [\d,]+ customers an arm are needed\.$/],
    underpowered: ['New text on the receipt', /^Not decided: between −[\d.]+ % and \+[\d.]+ %; this test could reliably detect [\d.]+ % or more\. For 1 %, about [\d,]+ customers an arm are needed\.$/],
    spoiled: ['Welcome screen of the app', /^Do not use: 50\/50 was planned, 4\d\.\d\/5\d\.\d came \(p < 0\.001\)\. The groups are not comparable\.$/],
    lapsed: ['Letter about the new range', /^Not decided: between −[\d.]+ % and \+[\d.]+ %; /],
    lapsed_are: 'lapsed', app: 'App', found: 'Found in segments: Status at the start – lapsed (+'
  },
  ru: {
    win: ['Двойные баллы по выходным', /^Внедрять: продажи на клиента выросли на [\d,]+ % \(95 % ДИ [\d,]+…[\d,]+\), \+\d+ ₽ за 28 дней; группы и защитные метрики в порядке\.$/],
    null: ['А/А-проверка разбиения', /^Вывод невозможен: эффект от −[\d,]+ до \+[\d,]+ %; тест надёжно обнаруживает лишь [\d,]+ % и более\. Для 1 % нужно около [\d ]+ клиентов в группе\.$/],
    underpowered: ['Новый текст на чеке', /^Вывод невозможен: эффект от −[\d,]+ до \+[\d,]+ %; тест надёжно обнаруживает лишь [\d,]+ % и более\. Для 1 % нужно около [\d ]+ клиентов в группе\.$/],
    spoiled: ['Приветственный экран приложения', /^Результат использовать нельзя: план 50\/50, факт 4\d,\d\/5\d,\d \(p < 0,001\)\. Группы несопоставимы\.$/],
    lapsed: ['Письмо о новом ассортименте', /^Вывод невозможен: эффект от −[\d,]+ до \+[\d,]+ %; /],
    lapsed_are: 'ушедшие', app: 'Приложение', found: 'Найдено в сегментах: Статус на начало – ушедшие (+'
  }
};

/** The chain, served; its truths. */
async function chain_serve(tessera, folder) {
  const data = join(folder, 'data'), store = join(folder, 'store');
  execFileSync(tessera, ['generate', '--out', data, '--scale', SCALE, '--seed', SEED, '--quiet'], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync(tessera, ['load', '--model', join(ROOT, 'models/retail.yaml'), '--data', data, '--out', store, '--quiet'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const child = spawn(tessera, ['serve', store, '--listen', '127.0.0.1:0', '--connections', '64', '--build-every', '0s', '--quiet'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const url = await new Promise((resolve, reject) => {
    let out = '', err = '';
    child.stdout.on('data', (part) => {
      out += part;
      const found = /http:\S+/.exec(out);
      if (found) resolve(found[0]);
    });
    child.stderr.on('data', (part) => (err += part));
    child.on('close', () => reject(new Error(`tessera serve ended: ${err}`)));
  });
  return { url, child, truths: JSON.parse(readFileSync(join(data, 'truth/truth.json'), 'utf8')).truths };
}

/** The effect that was planted, as it came, in percent of the control's mean. */
function planted_percent(truths, id, segment) {
  const truth = truths.find((one) => one.id === id), { observed, realised } = segment ? truth.segments[segment] : truth;
  const { control, test } = observed.start_to_end;
  return (100 * realised.start_to_end.test.sales) / test.assigned / (control.sales / control.assigned);
}

export async function tests_planted(t, tessera) {
  const runs = [['en', { width: 1280 }], ['ru', { width: 390, scheme: 'dark' }]].map(([lang, look]) => [lang, look, `planted tests: each is judged rightly by who opens the list and clicks its name, ${lang} ${look.width}`]);
  if (t.only && !runs.some(([, , name]) => name.includes(t.only))) return;
  const folder = mkdtempSync(join(tmpdir(), 'tessera-planted-'));
  let served = null;
  try {
    served = await chain_serve(tessera, folder);
    for (const [lang, look, name] of runs) await t.test(name, { base: served.url, ...look }, (page, visit) => planted_judged(t, page, visit, lang, served.truths));
  } finally {
    if (served) {
      const ended = new Promise((resolve) => served.child.once('exit', resolve));
      served.child.kill('SIGINT');
      const code = await ended;
      check_equal(code, 0, 'end of the server');
    }
    rmSync(folder, { recursive: true });
  }
}

async function planted_judged(t, page, visit, lang, truths) {
  const wanted = WANTED[lang];
  /** From the list by the test's name to what its page says first. */
  const opened = async (kind) => {
    await visit(`tests?lang=${lang}`);
    await at(page, 'test-row').filter({ hasText: wanted[kind][0] }).locator('a').click();
    await at(page, 'test-verdict').waitFor();
    await page_settle(page);
    const said = plain(await at(page, 'test-verdict').locator('h2').innerText());
    check(wanted[kind][1].test(said), `${kind}: ${said}`);
    check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${kind}: scrolls sideways`);
    await axe_check(page, `the planted ${kind}`);
    await t.shot(page, `planted ${kind} ${lang}`);
    return { said, numbers: numbers_of(said.slice(said.indexOf(':'))) };
  };
  const holds = ([low, high], value, what) => check(low <= value && value <= high, `${what}: ${low} to ${high} does not hold ${value}`);
  const found = () => page.locator('tr.found[data-test="test-segment"] .name').allInnerTexts();
  const sound = async () => [await at(page, 'test-hidden').count(), await at(page, 'test-behind').count()];

  const win = await opened('win');
  holds([win.numbers[2], win.numbers[3]], planted_percent(truths, 'experiment_win'), 'the gain');
  check(win.numbers[2] > 0 && win.numbers[0] > win.numbers[2], win.said);
  const money = numbers_of(plain(await at(page, 'test-monthly').innerText())).slice(0, 3);
  check(money[0] > 0 && money[1] > 0 && money[1] < money[0] && money[0] < money[2], `money a month: ${money}`);
  check_equal(await sound(), [0, 0], 'nothing is hidden');

  const none = await opened('null');
  holds(none.numbers, 0, 'nothing');
  check_equal([await found(), await at(page, 'test-gained').count(), await sound()], [[], 0, [0, 0]], 'nothing is found in segments');

  const few = await opened('underpowered'), planted = planted_percent(truths, 'experiment_underpowered');
  holds(few.numbers, 0, 'zero');
  holds(few.numbers, planted, 'what is there');
  const sizes = (await at(page, 'test-split-arm').locator('td:nth-child(2)').allInnerTexts()).map((text) => Number(text.replace(/\D/g, '')));
  check(few.numbers[2] > planted && few.numbers[4] > 10 * Math.max(...sizes), `it says how small it is: ${few.said}, ${sizes}`);

  await opened('spoiled');
  check_equal([await at(page, 'test-metrics').count(), await at(page, 'test-segments').count(), await at(page, 'test-monthly').count(), await at(page, 'test-hidden').count()], [0, 0, 0, 1], 'no effect is shown');
  const behind = await at(page, 'test-behind').locator('tbody tr').allInnerTexts();
  check(behind.length === 1 && plain(behind[0]).includes(wanted.app), `who is behind it: ${behind}`);

  const lapsed = await opened('lapsed');
  holds(lapsed.numbers, 0, 'in all of them');
  check_equal((await found()).map(plain), [wanted.lapsed_are], 'whom it works in');
  check(plain(await at(page, 'test-gained').innerText()).startsWith(wanted.found), await at(page, 'test-gained').innerText());
  const row = page.locator('tr.found[data-test="test-segment"]'), range = numbers_of(plain(await row.locator('.range').innerText()));
  check(range[0] > 0 && range[1] > range[0], `its interval: ${range}`);
  check_equal(await words_broken(at(page, 'test-segments')), [], 'words broken in two');
}
