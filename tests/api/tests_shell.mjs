/* Sessions of `tessera sql`: views, tables, settings, scripts; the shell on a pseudo terminal. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, tessera_must } from './harness.mjs';

// [statements, rows of the last answer as CSV without its header]
const ANSWERS = [
  ["CREATE VIEW v AS SELECT 1 AS a; SELECT * FROM v", '1'],
  ["CREATE TEMP VIEW v AS SELECT 1 AS a; SELECT a + 1 FROM v", '2'],
  ["CREATE VIEW v (x) AS SELECT 1 AS a, 2 AS b; SELECT x, b FROM v", '1,2'],
  ["CREATE VIEW v AS SELECT 1 AS a, 2 AS b; SELECT w.p, w.b FROM v w(p)", '1,2'],
  ["CREATE VIEW v AS SELECT store FROM stores; SELECT count(*) FROM v a JOIN v b USING (store)", '4'],
  ["CREATE VIEW v AS SELECT 1 AS a; CREATE OR REPLACE VIEW v AS SELECT 'x' AS b; SELECT * FROM v", 'x'],
  ["CREATE VIEW v AS SELECT 1 AS a; CREATE VIEW w AS SELECT a + 1 AS a FROM v; SELECT a FROM w", '2'],
  ["CREATE VIEW v AS WITH c AS (SELECT 1 AS a) SELECT a FROM c; WITH c AS (SELECT 9 AS a) SELECT v.a, c.a FROM v, c", '1,9'],
  ["CREATE VIEW v AS SELECT 1 AS a; SELECT (SELECT a FROM v), EXISTS (SELECT 1 FROM v WHERE a = 2)", '1,false'],
  ["CREATE VIEW v AS SELECT a FROM (VALUES (1), (2)) t(a) ORDER BY a DESC LIMIT 1; SELECT a FROM v", '2'],
  ["CREATE VIEW v AS SELECT 1 AS a UNION ALL SELECT 2; SELECT sum(a) FROM v", '3'],
  ["CREATE VIEW v AS SELECT ';' AS a; SELECT a FROM v", ';'],
  ["CREATE VIEW v AS SELECT 1 AS a; WITH v AS (SELECT 2 AS a) SELECT a FROM v", '2'],
  ["CREATE VIEW v AS SELECT 1 AS a; SELECT a FROM public.v", '1'],
  ["CREATE VIEW \"V w\" AS SELECT 1 AS a; SELECT a FROM \"V w\"", '1'],
  ["CREATE VIEW v AS SELECT region, measure(revenue) AS r FROM cube.sales GROUP BY region; SELECT r FROM v WHERE region = 'North'", '6.05'],
  ["DROP VIEW IF EXISTS v; SELECT 1", '1'],
  ["CREATE VIEW v AS SELECT 1 AS a; DROP VIEW v; CREATE VIEW v AS SELECT 2 AS a; SELECT a FROM v", '2'],
  ["CREATE VIEW v AS SELECT 1 AS a; DESCRIBE v", 'a,integer'],
  ["CREATE VIEW v AS SELECT 1 AS a; SHOW VIEWS", 'v,CREATE VIEW v AS SELECT 1 AS a'],
  ["CREATE TABLE t AS SELECT 1 AS a; SELECT a FROM t", '1'],
  ["CREATE TEMP TABLE t AS VALUES (1), (NULL), (3); SELECT count(*), count(column1), sum(column1) FROM t", '3,2,4'],
  ["CREATE TABLE t (x, y) AS SELECT 1, 'b'; SELECT y, x FROM t", 'b,1'],
  ["CREATE TABLE t AS SELECT 1 AS a WHERE false; SELECT count(*), max(a) FROM t", '0,'],
  ["CREATE TABLE t AS SELECT store, product FROM sales; SELECT count(*), count(store), count(product) FROM t", '9,8,9'],
  ["CREATE TABLE t AS SELECT store FROM sales; SELECT count(*) FROM t JOIN stores USING (store)", '7'],
  ["CREATE TABLE t AS SELECT store FROM sales; SELECT count(*) FROM t LEFT JOIN stores USING (store)", '9'],
  ["CREATE TABLE t AS SELECT s.city, p.name FROM sales x LEFT JOIN stores s USING (store) LEFT JOIN products p USING (product) WHERE receipt = 107; SELECT city IS NULL, name FROM t", 'true,Rye bread'],
  ["CREATE TABLE t AS SELECT 1.50::decimal(5,2) AS d, true AS b, DATE '2025-01-02' AS e, TIMESTAMP '2025-01-02 03:04:05' AS s, 0.5::double AS f, 'é' AS x; SELECT * FROM t", '1.50,true,2025-01-02,2025-01-02 03:04:05,0.5,é'],
  ["CREATE TABLE t AS SELECT 1 AS a; CREATE TABLE u AS SELECT a + 1 AS a FROM t; DROP TABLE t; SELECT a FROM u", '2'],
  ["CREATE TABLE IF NOT EXISTS t AS SELECT 1 AS a; CREATE TABLE IF NOT EXISTS t AS SELECT 2 AS a; SELECT a FROM t", '1'],
  ["CREATE TABLE t AS SELECT 1 AS a; DROP TABLE t; CREATE VIEW t AS SELECT 2 AS a; SELECT a FROM t", '2'],
  ["DROP TABLE IF EXISTS t; SELECT 1", '1'],
  ["CREATE TABLE t AS SELECT a.receipt FROM sales a, sales b, sales c, sales d, sales e, sales f; SELECT count(*), count(DISTINCT receipt) FROM t", '531441,8'],
  ["CREATE TABLE t AS SELECT 1 AS a; DESCRIBE t", 'a,integer,,'],
  ["CREATE TABLE t AS SELECT 1 AS a; SHOW TABLES", 'products,table sales,table stores,table t,session table sales,cube'],
  ["SHOW CUBES", 'sales,sales'],
  ["SET timeout = '30s'; SHOW timeout", '30000ms'],
  ["SET timeout = 250; SHOW timeout", '250ms'],
  ["SET timeout = '2min'; RESET timeout; SHOW timeout", 'none'],
  ["SET memory = '1GB'; SHOW memory", '1073741824B'],
  ["SET passes_off = fold, prune; SELECT 1 + 1", '2'],
  ["SET passes_off = 'fold'; SET passes_off TO DEFAULT; SHOW passes_off", '""'],
  ["SET timeout = 5000; SET memory = '64MB'; RESET ALL; SHOW ALL", 'memory,none passes_off,"" timeout,none'],
  ["SELECT 1; SELECT 2;", '2'],
  ["; ;SELECT 1;;", '1'],
  ["SELECT 1 -- one; two\n; SELECT '--;' /* ; /* ; */ */", '--;'],
  ["SELECT E'a\\';b'", "a';b"],
  ["SELECT $$a;b$$", 'a;b'],
  ["SELECT $t$a;$$;b$t$", 'a;$$;b'],
];

// [statements, part of the error]
const ERRORS = [
  ["CREATE VIEW v AS SELECT nosuch FROM sales", 'column "nosuch" does not exist'],
  ["CREATE VIEW v AS SELECT 1 AS a, 2 AS a", 'column "a" specified more than once'],
  ["CREATE VIEW v (a, b) AS SELECT 1", '2 column names are given'],
  ["CREATE VIEW v AS SELECT 1 AS a; CREATE VIEW v AS SELECT 2 AS a", '"v" already exists: it is a view'],
  ["CREATE VIEW sales AS SELECT 1 AS a", '"sales" already exists: it is a table of the store'],
  ["CREATE OR REPLACE VIEW sales AS SELECT 1 AS a", '"sales" already exists'],
  ["CREATE VIEW v AS SELECT 1 AS a; CREATE OR REPLACE VIEW v AS SELECT a FROM v", 'view "v" would read itself'],
  ["CREATE VIEW v AS SELECT 1 AS a; CREATE VIEW w AS SELECT a FROM v; CREATE OR REPLACE VIEW v AS SELECT a FROM w", 'view "v" would read itself'],
  ["CREATE VIEW v AS SELECT $1::int AS a", 'a view has no parameters'],
  ["CREATE VIEW v AS SELECT 1 AS a; SELECT b FROM v", 'column "b" does not exist'],
  ["CREATE VIEW v AS SELECT 1 AS a; SELECT * FROM v w(x, y)", 'but 2 names were given'],
  ["CREATE TABLE t AS SELECT 1 AS a; CREATE VIEW v AS SELECT a FROM t; DROP TABLE t; SELECT a FROM v", 'view "v": table "t" does not exist'],
  ["DROP VIEW v", 'view "v" does not exist'],
  ["CREATE VIEW v AS SELECT 1 AS a; DROP TABLE v", 'table "v" does not exist'],
  ["DROP TABLE sales", 'table "sales" is the store\'s'],
  ["DROP TABLE IF EXISTS sales", 'table "sales" is the store\'s'],
  ["CREATE TABLE sales AS SELECT 1 AS a", '"sales" already exists: it is a table of the store'],
  ["CREATE TABLE t AS SELECT 1 AS a; CREATE TABLE t AS SELECT 1 AS a", '"t" already exists: it is a table'],
  ["CREATE TABLE t AS SELECT INTERVAL '1 day' AS i", 'a table cannot hold intervals; extract(epoch FROM ...)'],
  ["CREATE TABLE t AS SELECT 1 / (quantity - quantity) AS a FROM sales; SELECT 1", 'division by zero'],
  ["CREATE TABLE cube.t AS SELECT 1 AS a", 'in the schema "public"'],
  ["CREATE TABLE t (a int)", 'are supported: data are loaded'],
  ["INSERT INTO sales VALUES (1)", 'data are loaded, not changed by SQL'],
  ["UPDATE sales SET store = 1", 'data are loaded, not changed by SQL'],
  ["TRUNCATE sales", 'data are loaded, not changed by SQL'],
  ["CREATE MATERIALIZED VIEW v AS SELECT 1 AS a", 'CREATE MATERIALIZED VIEW is not supported'],
  ["SET nosuch = 1", 'there is no setting "nosuch"'],
  ["SET timeout = 'soon'", 'invalid value for setting "timeout": "soon"'],
  ["SET memory = '-1'", 'invalid value for setting "memory"'],
  ["SET passes_off = nosuch", 'no pass "nosuch"'],
  ["SHOW nosuch", 'there is no setting "nosuch"'],
  ["SET timeout = 50; SELECT sum(a.receipt * b.receipt) FROM sales a, sales b, sales c, sales d, sales e, sales f, sales g, sales h, sales i", 'time'],
  ["DESCRIBE cube.nosuch", 'cube "nosuch" does not exist'],
  ["SELECT 'open; SELECT 1", 'unterminated quoted string'],
];

export async function tests_shell(harness, tessera, root, work) {
  const folder = join(root, 'tests/docs/data/shop'), store = join(work, 'shop');
  await tessera_must(tessera, ['load', '--model', join(folder, 'shop.yaml'), '--data', folder, '--out', store, '--quiet']);
  const csv = (sql, code) => tessera_must(tessera, ['sql', store, sql, '--format', 'csv'], code);
  for (const [sql, rows] of ANSWERS)
    await harness.test(`session: ${sql}`, async () => {
      const { out } = await csv(sql, 0);
      const lines = out.split('\r\n');
      const got = lines.slice(1).join(' ').trim() === rows || lines.slice(-2).join('') === rows;
      check(got, `${JSON.stringify(out)}, not ${rows}`);
    });
  for (const [sql, message] of ERRORS)
    await harness.test(`session: ${sql}: ${message}`, async () => {
      const { err } = await csv(sql, 1);
      check(err.includes(message), err);
    });
  await harness.test('session: EXPLAIN ANALYZE ends with the totals', async () => {
    const { out } = await csv('EXPLAIN ANALYZE SELECT store, count(*) FROM sales GROUP BY store', 0);
    check(/Planning: \d+\.\d{3} ms; execution: \d+\.\d{3} ms; peak memory: \d+ bytes/.test(out), out);
  });
  await harness.test('session: a script stops at its first error and names the line', async () => {
    const script = join(work, 'script.sql');
    writeFileSync(script, "SELECT 1 AS a;\n\nSELECT 2 AS b,\n  nosuch\nFROM sales;\nSELECT 3 AS c;\n");
    const { out, err } = await tessera_must(tessera, ['sql', store, '-f', script, '--format', 'csv'], 1);
    check_equal(out, 'a\r\n1\r\n', 'rows');
    check(err.includes(`${script}:4: column "nosuch" does not exist\n    nosuch\n    ^\n`), err);
    const piped = spawnSync(tessera, ['sql', store, '--format', 'csv'], { input: readFileSync(script) });
    check_equal([piped.status, String(piped.stdout)], [1, 'a\r\n1\r\n'], 'standard input');
    check(String(piped.stderr).includes('standard input:4: '), String(piped.stderr));
    check_equal(spawnSync(tessera, ['sql', store], { input: '' }).status, 0, 'an empty script');
  });
  const constants = Array.from({ length: 100000 }, (_, i) => i).join(',');
  for (const [name, input, message] of [
    ['100,000 constants in a list', `SELECT count(*) FROM sales WHERE receipt IN (${constants})`, null],
    ['100,000 terms', `SELECT 1${'+1'.repeat(100000)}`, 'nested deeper'],
    ['deep parentheses', `SELECT ${'('.repeat(100000)}1${')'.repeat(100000)}`, 'nested deeper'],
    ['deep CASE', `SELECT ${'CASE WHEN true THEN '.repeat(20000)}1`, 'nested'],
    ['a statement of 10 MB', `SELECT '${'x'.repeat(1e7)}'`, 'at most 1048576 are read'],
  ])
    await harness.test(`session: limits: ${name}`, () => {
      const run = spawnSync(tessera, ['sql', store, '--format', 'csv'], { input });
      check_equal([run.status, run.signal], [message ? 1 : 0, null], String(run.stderr).slice(0, 300));
      check(message ? String(run.stderr).includes(message) : String(run.stdout) === 'count\r\n9\r\n', String(run.stderr).slice(0, 300));
    });

  const history = join(work, 'history');
  const shell = (steps, more = {}) => {
    const run = spawnSync('python3', [join(root, 'tests/api/shell_driver.py'), tessera, 'sql', store], { input: JSON.stringify(steps), env: { ...process.env, TESSERA_HISTORY: history, ...more } });
    check_equal(run.status, 0, String(run.stderr));
    return JSON.parse(String(run.stdout));
  };
  const PROMPT = 'tessera> ';
  await harness.test('shell: prompt, several lines, commands, Ctrl-D', () => {
    const { shown, code } = shell([
      ['', PROMPT], ['SELECT 40\n', '...> '], ['+ 2 AS answer; SELECT 7 AS seven;\n', PROMPT], ['\\d\n', PROMPT], ['\\d stores\n', PROMPT], ['\\?\n', PROMPT], ['\\nosuch\n', PROMPT],
      ['\\f csv\n', PROMPT], ['CREATE VIEW v AS SELECT 1 AS a;\n', PROMPT], ['SELECT nosuch FROM v;\n', PROMPT], ['\\timing\n', PROMPT], ['SELECT a FROM v;\n', PROMPT],
      ['\\x\n', PROMPT], ['SELECT 1 AS a, 2 AS longer_name;\n', PROMPT], ['\\x\n', PROMPT], ['\x04', null]]);
    for (const [step, part] of [[2, '    42'], [2, '    7'], [3, 'sales    | cube'], [4, 'region'], [5, '\\timing'], [6, 'no command \\nosuch'], [8, 'CREATE VIEW'], [9, 'column "nosuch" does not exist'], [9, '^'], [10, 'Timing is on'], [11, 'Time: '], [12, 'a column a line'], [13, '-[ 1 ]------+------------\r\na           | 1\r\nlonger_name | 2\r\n(1 row)'], [14, 'as tables']])
      check(shown[step].includes(part), `${step}: ${shown[step]}`);
    check_equal(code, 0, shown.at(-1));
  });
  await harness.test('shell: files in and out, an editor, NULL as a text', () => {
    const script = join(work, 'script.sql'), answer = join(work, 'answer.csv'), book = join(work, 'book.xlsx'), log = join(work, 'log.txt');
    writeFileSync(script, "SELECT 'from ' || 'a file' AS s;\nSELECT 6 * 7 AS n;\n");
    const { shown, code } = shell([
      ['', PROMPT], [`\\i ${script}\n`, PROMPT], ['\\i /nowhere.sql\n', PROMPT], [`\\copy (SELECT 1 AS a, NULL AS b) to ${answer}\n`, PROMPT], [`\\copy (SELECT (2) AS a) TO '${book}';\n`, PROMPT],
      ['\\copy SELECT 1\n', PROMPT], [`\\copy (SELECT 1) to ${work}/x.pdf\n`, PROMPT], ['\\copy (SELECT nosuch) to /tmp/never-there.csv\n', PROMPT], ['\\pset null (none)\n', PROMPT], ['SELECT NULL AS v;\n', PROMPT],
      [`\\o ${log}\n`, PROMPT], ['SELECT 99 AS logged;\n', PROMPT], ['\\o\n', PROMPT], ['SELECT 40 AS n;\n', PROMPT], ['\\e\n', PROMPT], ['help\n', PROMPT], ['quit\n', null]], { EDITOR: 'sed -i s/40/41/', VISUAL: '' });
    for (const [step, part] of [[1, 'from a file'], [1, '42'], [2, 'cannot read /nowhere.sql'], [3, `Written to ${answer}`], [4, `Written to ${book}`], [5, '\\copy (QUERY) to FILE'], [6, 'should end in .csv'], [7, 'column "nosuch" does not exist'], [9, '(none)'], [14, '41'], [15, '\\timing']])
      check(shown[step].includes(part), `${step}: ${shown[step]}`);
    check(!shown[11].includes('99\r') && readFileSync(log, 'utf8').includes('99'), shown[11]);
    check_equal(readFileSync(answer, 'utf8'), 'a,b\r\n1,\r\n');
    check_equal(readFileSync(book).subarray(0, 2).toString(), 'PK');
    check(!existsSync('/tmp/never-there.csv') && !existsSync('/tmp/never-there.csv.part'), 'a failed copy leaves nothing');
    check_equal(code, 0, shown.at(-1));
  });
  await harness.test('shell: completion of names and keywords', () => {
    const { shown, code } = shell([['', PROMPT], ["SEL\t'done' AS x, cit\tFROM stores WHERE regi\t= 'North';\n", PROMPT], ['\\q\n', null]]);
    check(/done.*Arka/.test(shown[1].split('\n').at(-3)), shown[1]);
    check_equal(code, 0, shown.at(-1));
  });
  await harness.test('shell: Tab offers what may stand there', () => {
    // [typed, what Tab lists, what it does not]
    const offers = [
      ['SELECT * FROM s', ['sales', 'stores'], ['sold_at', 'store', 'SELECT', 'SET']],
      ['SELECT * FROM stores, cu', ['cube.sales'], ['customer']],
      ['SELECT * FROM stores x JOIN sales y ON x.', ['x.store', 'x.city', 'x.region', 'x.opened'], ['x.paid', 'stores']],
      ['SELECT y.p FROM stores x JOIN sales AS y USING (store)\x01' + '\x1b[C'.repeat(10), ['y.paid', 'y.product'], ['y.city']],
      ['SELECT store, ', ['paid', 'region', 'FILTER'], []],
      ['SELECT c FROM stores\x01' + '\x1b[C'.repeat(8), ['city', 'CASE', 'CAST'], ['customer', 'category']],
      ['SELECT * FROM cube.', ['cube.sales'], []],
      ['SELECT r FROM cube.sales\x01' + '\x1b[C'.repeat(8), ['region', 'revenue', 'receipts'], ['store', 'sales']],
      ["SELECT 'from ' || c", ['city', 'customer', 'category'], ['cube.sales']],
      ['\\d s', ['sales', 'stores'], ['sold_at', 'SELECT']],
      ['\\x a', ['auto'], []],
    ];
    for (const [typed, wanted, unwanted] of offers) {
      const { shown } = shell([['', PROMPT], [typed, 0.3], ['\t\t', 0.5], ['\x03', PROMPT], ['\x04', null]]);
      const text = shown[2].replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, '');
      const has = name => new RegExp(`(^|[\\s.])${name.replace('.', '\\.')}(\\s|$)`, 'm').test(text) || text.includes(`${name.split('.').at(-1)} `);
      for (const name of wanted) check(has(name), `${typed}: ${name}: ${JSON.stringify(text)}`);
      for (const name of unwanted) check(!new RegExp(`^${name}\\r?$`, 'm').test(text), `${typed}: not ${name}: ${JSON.stringify(text)}`);
    }
  });
  await harness.test('shell: answers fit the window, long ones are cut and counted', () => {
    const { shown } = shell([
      ['', PROMPT], ["SELECT repeat('x', 40) AS a, repeat('y', 40) AS b;\n", PROMPT], ['SELECT 1 AS a, 2 AS b;\n', PROMPT], ['\\x off\n', PROMPT],
      ["SELECT repeat('x', 40) AS a, repeat('y', 40) AS b;\n", PROMPT], ['\\x auto\n', PROMPT], ['SELECT g FROM generate_series(1, 1234) g;\n', PROMPT], ['\\pset rows 3\n', PROMPT],
      ['SELECT g FROM generate_series(1, 1234) g;\n', PROMPT], ['\\pset rows 0\n', PROMPT], ['SELECT g FROM generate_series(1, 1234) g;\n', PROMPT], ['\\pset rows x\n', PROMPT], ['\\q\n', null]], { WINDOW_COLUMNS: '60' });
    check(/-\[ 1 \]-+\r\na \| x{40}\r\nb \| y{40}\r\n\(1 row\)/.test(shown[1]), shown[1]);
    check(shown[2].includes('a | b\r\n--+--'), shown[2]);
    check(shown[4].includes('x | y'), shown[4]);
    check(/\n200\r\n\(1234 rows, the first 200 are shown\)/.test(shown[6]) && !shown[6].includes('\n201\r'), shown[6].slice(-200));
    check(/3\r\n\(1234 rows, the first 3 are shown\)/.test(shown[8]), shown[8]);
    check(/1234\r\n\(1234 rows\)/.test(shown[10]), shown[10].slice(-100));
    check(shown[11].includes('\\pset rows N'), shown[11]);
  });
  await harness.test('shell: \\d has the rows of tables and cubes', () => {
    const { shown } = shell([['', PROMPT], ['CREATE VIEW v AS SELECT 1 AS a; CREATE TABLE t AS SELECT 1 AS a UNION ALL SELECT 2;\n', PROMPT], ['\\d\n', PROMPT], ['\\q\n', null]]);
    for (const line of [/products +\| table +\| +5\r/, /stores +\| table +\| +4\r/, /sales +\| table +\| +9\r/, /t +\| session table \| +2\r/, /v +\| view +\| *\r/, /sales +\| cube +\| +9\r/]) check(line.test(shown[2]), `${line}: ${shown[2]}`);
  });
  await harness.test('shell: a statement of several lines is one entry of the history', () => {
    const kept = join(work, 'history-lines');
    const lines = ['SELECT 41 + 1\n', "  AS \"two lines\";\n"];
    shell([['', PROMPT], [lines[0], '...> '], [lines[1], PROMPT], ['SELECT (7\n', '...> '], ['\x03', PROMPT], ['\\q\n', null]], { TESSERA_HISTORY: kept });
    const { shown, code } = shell([['', PROMPT], ['\x1b[A', '\\q'], ['\x1b[A', '(7'], ['\x1b[A', 'two lines'], ['\n', PROMPT], ['\\q\n', null]], { TESSERA_HISTORY: kept });
    check(/two lines\s+-+\s+42\r/.test(shown[4].replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, '')), shown.join('\n'));
    check_equal(code, 0, shown.at(-1));
  });
  await harness.test('shell: \\e keeps its file where TMPDIR says', () => {
    const folder = join(work, "it's temporary");
    mkdirSync(folder, { recursive: true });
    const { shown } = shell([['', PROMPT], ['SELECT 40 AS n;\n', PROMPT], ['\\e\n', PROMPT], ['\\q\n', null]], { EDITOR: 'ls -d', VISUAL: '', TMPDIR: folder });
    check(shown[2].includes(`${folder}/tessera-`) && /\n40\r/.test(shown[2]), shown[2]);
    check_equal(readdirSync(folder), [], 'nothing is left');
  });
  await harness.test('shell: Ctrl-C cancels the statement, or drops what is typed', () => {
    const long = `SELECT sum(a.receipt * b.receipt) FROM sales a, sales b, sales c, sales d, sales e, sales f, sales g, sales h, sales i, sales j, sales k;\n`;
    const { shown, code } = shell([['', 1], ['SELECT (1\n', 1], ['\x03', PROMPT], [long, 1.5], ['\x03', PROMPT], [long, 1.5], ['\x03', PROMPT], ['SELECT 5 AS five;\n', PROMPT], ['\\q\n', null]]);
    check(shown[4].includes('the query was cancelled') && shown[6].includes('the query was cancelled'), shown.join(''));
    check(shown[7].includes('   5'), shown[7]);
    check_equal(code, 0, shown.at(-1));
  });
  await harness.test('shell: history outlives the shell', () => {
    shell([['', PROMPT], ["SELECT 'kept' AS k;\n", PROMPT], ['\\q\n', null]]);
    const { shown, code } = shell([['', PROMPT], ['\x1b[A', '\\q'], ['\x1b[A', 'kept'], ['\n', PROMPT], ['\\q\n', null]]);
    check(shown[3].includes('kept'), shown.join(''));
    check(readFileSync(history, 'utf8').includes('kept'), 'the file');
    check_equal(code, 0, shown.at(-1));
  });
}
