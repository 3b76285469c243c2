/*
 * The report catalogue: what it lists, how values are bound, what a wrong file is told; and the numbers of
 * each shipped report against DuckDB over the same CSV files, written from docs/REPORTS.md's definitions and
 * not from the report's SQL.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, Server, tessera_must, tessera_run } from './harness.mjs';
import { chain_alter } from './reports_chain.mjs';
import { check_rows, peer_open } from './reports_peer.mjs';
import { tests_reports_drill } from './tests_reports_drill.mjs';
import { PROOFS_CAMPAIGNS } from './tests_reports_campaigns.mjs';
import { PROOFS_CUSTOMERS } from './tests_reports_customers.mjs';
import { PROOFS_POINTS } from './tests_reports_points.mjs';
import { PROOFS_PRODUCTS } from './tests_reports_products.mjs';
import { PROOFS_PROGRAMME } from './tests_reports_programme.mjs';
import { PROOFS_STORES } from './tests_reports_stores.mjs';

const OWN = `id: stores_by_city
group: own
title: {en: Stores by city, ru: Магазины по городам}
definition: {en: Stores that a city has., ru: Магазины города.}
parameters:
  - {name: since, type: date, default: last_day - 30000, title: {en: Opened since, ru: Открыты с}}
  - {name: at_least, type: number, default: point_money, title: {en: At least, ru: Не менее}}
  - {name: kind, type: choice, choices: [own, franchise, any], default: any, title: {en: Owner, ru: Владелец}}
  - {name: city, type: text, default: "", title: {en: City, ru: Город}}
  - {name: month, type: month, default: last_full_month - 1, title: {en: Month, ru: Месяц}}
  - {name: regions, type: members, level: store.region, title: {en: Regions, ru: Регионы}}
requires: {tables: [stores], columns: [stores.city], cubes: [sales]}
sql: |
  -- $since is no parameter here, nor in '$city'
  SELECT city, count(*) AS stores, min($month::date) AS month
  FROM stores
  WHERE opened >= $since::date AND ($kind = 'any' OR owner = $kind) AND ($city = '' OR city = $city)
    AND region IN ($regions)
  GROUP BY city
  HAVING count(*) >= $at_least::int
  ORDER BY 2 DESC, 1
columns:
  - {name: city, title: {en: City, ru: Город}}
  - {name: stores, format: count, title: {en: Stores, ru: Магазины}}
  - {name: month, format: month, title: {en: Month, ru: Месяц}}
drill:
  rows: {measures: [{column: stores, measure: receipts.count}], period: [month], by: kind, levels: [{column: city, level: store.city, when: own}]}
  customers:
    - column: stores
      sql: |
        SELECT store FROM stores
        WHERE city = $row_city AND opened >= $since::date
  segment: {attribute: purchase_status, column: city, day: since}
`;

const PROOFS = [...PROOFS_PROGRAMME, ...PROOFS_CUSTOMERS, ...PROOFS_POINTS, ...PROOFS_CAMPAIGNS, ...PROOFS_PRODUCTS,
  ...PROOFS_STORES];

/** [what is wrong, the file, what must be told] */
const FAULTS = [
  ['an unknown key', OWN.replace('group:', 'grop:'), /own\.yaml:2:1: unknown key "grop" in a report; did you mean "group"\?/],
  ['a missing field', OWN.replace(/^definition.*\n/m, ''), /own\.yaml:1:1: a report needs "definition"/],
  ['one language', OWN.replace(', ru: Магазины города.', ''), /own\.yaml:4:\d+: "definition" must be given in both languages/],
  ['an unknown type', OWN.replace('type: date', 'type: day'), /own\.yaml:6:\d+: "type" must be date, month, number, text, choice, members or segment, found "day"/],
  ['an unnamed parameter', OWN.replace('>= $since', '>= $sinc'), /own\.yaml:17:19: there is no parameter "\$sinc"/],
  ['an unused parameter', OWN.replace("AND ($city = '' OR city = $city)", ''), /own\.yaml:13:1: the SQL does not use the parameter \$city/],
  ['SQL of an unknown column', OWN.replace('GROUP BY city', 'GROUP BY citi'), /own\.yaml:19:12: /],
  ['SQL that is none', OWN.replace('FROM stores', 'FROM FROM'), /own\.yaml:16:8: /],
  ['a column that is not there', OWN.replace(/^drill:[\s\S]*/m, '').replace('{name: stores,', '{name: shops,'), /column 2 of the SQL is "stores", that of "columns" is "shops"/],
  ['a default that is no choice', OWN.replace('default: any', 'default: all'), /own\.yaml:8:\d+: the default "all" is none of the choices/],
  ['members without a level', OWN.replace('level: store.region, ', ''), /own\.yaml:11:5: "level" belongs to a parameter of type members, and to no other/],
  ['a level of no members', OWN.replace('type: text,', 'type: text, level: store.city,'), /own\.yaml:9:5: "level" belongs to a parameter of type members/],
  ['members with a default', OWN.replace('level: store.region,', 'level: store.region, default: Центр,'), /own\.yaml:11:5: a parameter of type members has no default/],
  ['a segment with a default', OWN.replace("name: city, type: text", 'name: city, type: segment'), /own\.yaml:9:5: a parameter of type segment has no default/],
  ['a segment outside of in_segment', OWN.replace('name: city, type: text, default: ""', 'name: city, type: segment'), /own\.yaml:17:\d+: a segment stands in in_segment\(key, \.\.\.\) alone/],
  ['members of time', OWN.replace('store.region', 'date.month'), /own\.yaml:11:43: the members of date\.month stand in no table of their own/],
  ['members of rows', OWN.replace('store.region', 'tier.tier'), /own\.yaml:11:43: the members of tier\.tier stand in no table of their own/],
  ['a list outside of IN', OWN.replace('region IN ($regions)', 'region = $regions'), /own\.yaml:18:18: a list of values stands alone in IN/],
  ['a list beside another value', OWN.replace('IN ($regions)', "IN ($regions, 'x')"), /own\.yaml:18:20: a list of values stands alone in IN/],
  ['an unknown key of a drill', OWN.replace('by: kind', 'buy: kind'), /own\.yaml:27:\d+: unknown key "buy" in the rows of a drill/],
  ['a drill to no column', OWN.replace('{column: city, level', '{column: town, level'), /own\.yaml:27:\d+: the drill's "town" is none of the report's columns/],
  ['a drill by no choice', OWN.replace('by: kind', 'by: city'), /own\.yaml:27:\d+: the drill's "city" is no parameter of type choice/],
  ['a drill of no such choice', OWN.replace('when: own', 'when: rented'), /own\.yaml:27:\d+: the drill's "rented" is no choice of the parameter that "by" names/],
  ['a drill of a day that is none', OWN.replace('period: [month]', 'period: [since]'), /own\.yaml:27:\d+: the drill's "since" is no parameter of type month/],
  ['a drill of three days', OWN.replace('period: [month]', 'period: [month, since, since]'), /own\.yaml:27:\d+: "period" must be a first and a last parameter, or one month/],
  ['a drill without levels', OWN.replace(/, levels: .*\}\]\}/, '}'), /own\.yaml:27:9: the rows of a drill needs "levels"/],
  ['customers of no column', OWN.replace('- column: stores', '- column: shops'), /own\.yaml:29:\d+: the drill's "shops" is none of the report's columns/],
  ['customers without SQL', OWN.replace(/ {6}sql: \|\n {8}SELECT store[\s\S]*?\n(?= {2}segment)/, ''), /own\.yaml:29:7: a drill to customers needs "sql"/],
  ['customers of an unnamed value', OWN.replace('$row_city', '$row_town'), /own\.yaml:32:22: there is no parameter "\$row_town"/],
  ['customers of an unknown table', OWN.replace('SELECT store FROM stores', 'SELECT store FROM shops'), /own\.yaml:31:27: .*shops/],
  ['customers of two columns', OWN.replace('SELECT store FROM', 'SELECT store, city FROM'), /own\.yaml:30:7: the SQL of customers must have one column, their key; it has 2/],
  ['a segment of no day', OWN.replace('column: city, day: since', 'column: city, day: month'), /own\.yaml:33:\d+: the drill's "month" is no parameter of type date/],
  ['the id of a shipped one', OWN.replace('stores_by_city', 'penetration'), /own\.yaml:1:1: penetration\.yaml has a report "penetration" already/],
  ['a statement that changes something', OWN.replace(/^drill:[\s\S]*/m, '').replace(/^sql: \|[\s\S]*?^columns/m, 'sql: SHOW TABLES\ncolumns').replace(/^parameters:[\s\S]*?^requires/m, 'requires'), /the SQL of a report must be a SELECT/]
];

/** The lines of a CSV example in a document, by the heading before it. */
const example_of = (text, language) => new RegExp('```' + language + '\\n([\\s\\S]*?)```').exec(text)[1];

export async function tests_reports(harness, tessera, root, demo, work) {
  const folder = join(work, 'reports');
  const file = join(folder, 'own.yaml');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, OWN);
  writeFileSync(join(folder, 'lacking.yaml'), OWN.replace('stores_by_city', 'lacking').replace('tables: [stores]', 'tables: [weather]').replace('FROM stores', 'FROM weather'));
  writeFileSync(join(folder, 'levelless.yaml'), OWN.replace('stores_by_city', 'levelless').replace('store.region', 'store.continent'));
  const documents = readFileSync(join(root, 'docs/REPORTS.md'), 'utf8');
  writeFileSync(join(folder, 'documented.yaml'), example_of(documents, 'yaml'));
  let server = null;
  const run = (id, parameters, more = {}) => server.post(`/api/v1/reports/${id}/run`, { parameters, ...more });
  const rows = async (id, parameters) => {
    const reply = await run(id, parameters);
    check_equal(reply.status, 200, `${id}: ${reply.text.slice(0, 300)}`);
    return reply.json().rows;
  };

  await harness.test('reports: shipped, own and lacking ones are listed', async () => {
    server = await Server.start(tessera, [demo.store, '--reports', folder]);
    const { reports } = (await server.get('/api/v1/reports')).json();
    const by_id = Object.fromEntries(reports.map((report) => [report.id, report]));
    for (const id of ['penetration', 'retention', 'stores_by_city']) check_equal([by_id[id].available, by_id[id].reason], [true, null], id);
    check_equal([by_id.lacking.available, by_id.lacking.reason], [false, 'the data have no table weather'], 'lacking');
    check_equal([by_id.levelless.available, by_id.levelless.reason], [false, 'the data have no level store.continent'], 'no such level');
    check_equal(by_id.stores_by_city.parameters.map((one) => one.default), ['1943-11-12', '1', 'any', '', '2025-11', []], 'defaults');
    check_equal(by_id.stores_by_city.parameters.map((one) => one.level), [undefined, undefined, undefined, undefined, undefined, 'store.region'], 'levels');
    check_equal(by_id.stores_by_city.parameters[2].choices, ['own', 'franchise', 'any'], 'choices');
    check_equal(by_id.penetration.title, { en: 'Penetration', ru: 'Доля чеков и продаж с картой' }, 'title');
  }, { always: true });
  if (!server) return;

  await harness.test('reports: values are bound, never text of the SQL', async () => {
    const all = await rows('stores_by_city', {});
    check(all.length > 1 && all.every((row) => row[2] === '2025-11-01'), JSON.stringify(all[0]));
    check_equal(await rows('stores_by_city', { city: all[1][0], month: '2024-02' }), [[all[1][0], all[1][1], '2024-02-01']], 'one city');
    check_equal(await rows('stores_by_city', { city: "' OR true OR city = '" }), [], 'a quote is a letter');
    check_equal(await rows('stores_by_city', { at_least: 1000 }), [], 'a number');
    check_equal(await rows('stores_by_city', { since: '2100-01-01' }), [], 'a date');
    const counts = await Promise.all(['own', 'franchise', 'any'].map(async (kind) => (await rows('stores_by_city', { kind })).reduce((sum, row) => sum + row[1], 0)));
    check_equal(counts[0] + counts[1], counts[2], 'choices');
  });
  await harness.test('reports: a list of members cuts the rows; none, and an empty one, are all', async () => {
    const stores = await server.sql('SELECT city, region, count(*) FROM stores GROUP BY city, region ORDER BY 3 DESC, 1');
    const of = (regions) => stores.filter(([, region]) => !regions || regions.includes(region)).map(([city, , count]) => [city, count, '2025-11-01']);
    const regions = [...new Set(stores.map(([, region]) => region))];
    check(regions.length > 4, regions.join());
    check_equal(await rows('stores_by_city', {}), of(null), 'no list');
    check_equal(await rows('stores_by_city', { regions: [] }), of(null), 'an empty list');
    for (const some of [regions.slice(0, 1), regions.slice(1, 4), [regions[2], regions[0], regions[2]], regions])
      check_equal(await rows('stores_by_city', { regions: some }), of(some), some.join());
  });
  await harness.test('reports: null in a list of members is what has no value', async () => {
    const month = { first: '2025-11-01', last: '2025-11-30' };
    const counted = async (condition) => (await server.sql(`SELECT count(*) FROM receipt_totals t LEFT JOIN channels c ON t.channel = c.channel WHERE t.purchase_lines > 0 AND t.date BETWEEN '2025-11-01' AND '2025-11-30' AND ${condition}`))[0][0];
    const receipts = async (channels) => (await rows('kpi', { ...month, channels })).find(([name]) => name === 'receipts')[1];
    const [none, shop, all] = [await counted('t.channel IS NULL'), await counted("c.name = 'Магазин'"), await counted('true')];
    check(shop > 0 && shop < all, `${none}, ${shop}, ${all}`);
    check_equal(await receipts(['Магазин']), shop, 'a member');
    check_equal(Number((await receipts([null])) ?? 0), none, 'null alone');
    check_equal(await receipts([null, 'Магазин']), none + shop, 'both');
    check_equal(await receipts([]), all, 'an empty list');
    // Stores without a region there are none of, so that the list is cut to the regions it names.
    check_equal(await rows('stores_by_city', { regions: [null] }), [], 'nothing');
    check_equal(await rows('stores_by_city', { regions: ['Центр', null] }), await rows('stores_by_city', { regions: ['Центр'] }), 'and one more');
  });
  await harness.test('reports: members have their English names where English is asked for', async () => {
    const english = new Map(await server.sql('SELECT campaign, name_en FROM campaigns'));
    const levels = new Map((await server.get('/api/v1/model')).json().levels.map((level) => [level.name, level.names]));
    check_equal([levels.get('store.region'), levels.get('store.store'), levels.get('store.format'), levels.get('date.month'), levels.get('customer.home_store')],
      [{ table: 'stores', column: 'region', en: 'region_en' }, { table: 'stores', column: 'name', en: 'name_en' }, null, null, { table: 'stores', column: 'name', en: 'name_en' }], 'where they stand');
    for (const id of ['offer_funnel', 'campaign_impact', 'campaign_romi']) {
      const own = await rows(id, {}), named = (await run(id, {}, { language: 'en' })).json().rows;
      check(own.length > 5 && own.some((row, i) => row[1] !== named[i][1]), `${id}: nothing is named`);
      check_equal(named, own.map(([key, , ...rest]) => [key, english.get(key), ...rest]), id);
      check_equal((await run(id, {}, { language: 'ru' })).json().rows, own, `${id}: Russian`);
      const csv = (await run(id, {}, { language: 'en', format: 'csv' })).text.split('\r\n').slice(1, -1);
      check(csv.every((line, i) => line.startsWith(`${own[i][0]},`) && line.includes(english.get(own[i][0]))), `${id}: CSV`);
    }
    const regions = new Map(await server.sql('SELECT DISTINCT region, region_en FROM stores'));
    const own = await rows('store_league', { by: 'region' }), named = (await run('store_league', { by: 'region' }, { language: 'en' })).json().rows;
    check_equal(named.map((row) => row[1]), own.map((row) => regions.get(row[1]) ?? row[1]), 'by region');
    check_equal([named[0][1], (await run('store_league', { by: 'format' }, { language: 'en' })).json().rows.map((row) => row[1])], ['total', (await rows('store_league', { by: 'format' })).map((row) => row[1])], 'words, and a level without English names, stay');
  });
  await harness.test('reports: wrong values and names are refused', async () => {
    const refused = async (id, body, status, pattern, path) => {
      const reply = await server.post(`/api/v1/reports/${id}/run`, body);
      check_equal(reply.status, status, reply.text.slice(0, 300));
      check(pattern.test(reply.json().error.message), reply.text);
      if (path) check_equal(reply.json().error.path, path, 'path');
    };
    const own = (parameters, pattern, path) => refused('stores_by_city', { parameters }, 400, pattern, path);
    await own({ since: '2025-02-30' }, /expected a date such as/, 'parameters.since');
    await own({ since: 20250101 }, /expected a date such as/, 'parameters.since');
    await own({ month: '2025-13' }, /expected a month such as/, 'parameters.month');
    await own({ at_least: '3' }, /expected a number/, 'parameters.at_least');
    await own({ kind: 'all' }, /expected one of "own", "franchise", "any"/, 'parameters.kind');
    await own({ citi: 'x' }, /did you mean "city"\?/, 'parameters.citi');
    await own({ city: null }, /expected a text, a number or a list of them/, 'parameters.city');
    await own({ city: ['x'] }, /expected a text, found a list of 1/, 'parameters.city');
    await refused('kpi', { parameters: { segment: 'vip' } }, 400, /^there is no saved segment "vip"$/, 'parameters.segment');
    await refused('kpi', { parameters: { segment: 7 } }, 400, /expected the id of a saved segment, found "7"/, 'parameters.segment');
    await refused('kpi', { parameters: { segment: ['vip'] } }, 400, /expected the id of a saved segment, found a list of 1/, 'parameters.segment');
    check_equal(await rows('kpi', { segment: '' }), await rows('kpi', {}), 'an empty text is everybody');
    await own({ regions: 'Центр' }, /expected a list of at most 10000 members of store.region, found "Центр"/, 'parameters.regions');
    await own({ regions: ['Центр', true] }, /expected a text, a number or null/, 'parameters.regions[1]');
    await own({ regions: ['Атлантида', null] }, /^store.region has no member "Атлантида"$/, 'parameters.regions');
    await own({ regions: Array(10001).fill('Центр') }, /expected a list of at most 10000 members of store.region, found a list of 10001/, 'parameters.regions');
    await own({ regions: ['Центр', 'Атлантида', 7, "x' OR true"] }, /^store.region has no member "Атлантида", "7", "x' OR true"$/, 'parameters.regions');
    await own({ regions: Array.from({ length: 10000 }, (_, i) => i) }, /has no member "0", "1", "2", "3", "4" and 9995 more$/, 'parameters.regions');
    await refused('stores_by_city', { sql: 'SELECT 1' }, 400, /unknown member; expected parameters/, 'sql');
    await refused('nothing', {}, 404, /there is no report "nothing"/);
    await refused('lacking', {}, 400, /the data have no table weather/);
  });
  await harness.test('reports: CSV, limits and ids are those of SQL', async () => {
    const csv = await run('stores_by_city', {}, { format: 'csv', filename: 'stores.csv', query_id: 'report-1' });
    check(csv.text.startsWith('city,stores,month'), csv.text.slice(0, 60));
    check_equal([csv.headers['content-type'].split(';')[0], csv.headers['tessera-query-id']], ['text/csv', 'report-1'], 'headers');
    check_equal((await server.get('/api/v1/queries/report-1')).json().kind, 'report', 'in the log');
    check_equal((await run('retention', {}, { limits: { rows: 3 } })).json().rows.length, 3, 'rows');
    check_equal((await server.get('/api/v1/reports/retention/run')).status, 405, 'GET');
    check_equal((await server.get('/api/v1/reports/retention')).status, 404, 'without run');
  });
  await harness.test("reports: the example of docs/REPORTS.md answers as it says", async () => {
    const reply = await run('weekdays', JSON.parse(example_of(documents, 'json')).parameters);
    check_equal(reply.status, 200, reply.text.slice(0, 300));
    check_equal(reply.json().rows.length, 7, 'rows');
    const { stores } = JSON.parse(example_of(documents, 'json')).parameters;
    const count = (parameters) => rows('weekdays', parameters).then((all) => all.reduce((sum, row) => sum + row[1], 0));
    const counts = await Promise.all([{ stores }, { stores: stores.slice(0, 1) }, { stores: stores.slice(1) }, {}].map((one) => count({ month: '2025-11', ...one })));
    check(stores.length > 1 && counts[1] > 0 && counts[1] + counts[2] === counts[0] && counts[0] < counts[3], counts.join());
  });

  const peer = await peer_open(demo.data);
  const truths = Object.fromEntries(JSON.parse(readFileSync(join(demo.data, 'truth/truth.json'))).truths.map((truth) => [truth.id, truth]));
  const prove = async ({ id, runs, wanted, also }, ask, against) => {
    const answers = [];
    for (const parameters of runs) {
      const got = await ask(id, parameters);
      const expected = wanted(parameters, against);
      check_rows(got, await (typeof expected === 'string' ? against(expected) : expected), `${id} ${JSON.stringify(parameters)}`);
      await also?.(got, parameters, ask);
      answers.push(got);
    }
    return answers;
  };
  for (const proof of PROOFS) {
    if (!peer) { harness.skip(`reports: ${proof.id}`, 'DuckDB is not installed: npm install --prefix bench'); continue; }
    await harness.test(`reports: ${proof.id} as DuckDB computes it`, async () => {
      const answers = await prove(proof, rows, peer);
      await proof.overall?.(answers, rows, truths, peer);
    });
  }
  // [the segment's rule, the same of customers.csv, how many runs of each report]
  const segments = { women: [{ level: 'customer.gender', in: ['f'] }, "gender = 'f'", 3], others: [{ not: { level: 'customer.gender', in: ['f'] } }, "gender is distinct from 'f'", 1] };
  for (const [segment, [definition, who, runs_max]] of Object.entries(segments)) {
    if (!peer) break;
    await harness.test(`reports: cut to the customers of a segment (${segment}), as DuckDB computes it over these alone`, async () => {
      check_equal((await server.post('/api/v1/segments', { id: segment, name: segment, definition })).status, 201, 'saved');
      const { reports } = (await server.get('/api/v1/reports')).json();
      const cut = reports.filter(({ parameters }) => parameters.some(({ type }) => type === 'segment')).map(({ id }) => id);
      const against = await peer_open(demo.data, who);
      const ask = (id, parameters) => rows(id, cut.includes(id) ? { ...parameters, segment } : parameters);
      try {
        for (const proof of PROOFS.filter(({ id }) => cut.includes(id)))
          await prove({ ...proof, runs: proof.runs.slice(0, runs_max) }, ask, against);
        if (segment === 'women') for (const [, test] of tests_reports_drill(() => server, PROOFS, null, ['stores_by_city', 'weekdays'], [], { segment, reports: cut }).slice(0, 1)) await test();
      } finally {
        check_equal((await server.ask('DELETE', `/api/v1/segments/${segment}`)).status, 200, 'removed');
      }
      check_equal(cut.length, 30, cut.join());
    });
  }
  await harness.test('reports: cut to a segment of nobody, no figure is of anybody', async () => {
    check_equal((await server.post('/api/v1/segments', { id: 'nobody', name: 'nobody', definition: { any: [] } })).status, 201, 'saved');
    const { reports } = (await server.get('/api/v1/reports')).json();
    for (const { id, columns, drill, parameters } of reports.filter((one) => one.parameters.some(({ type }) => type === 'segment'))) {
      const given = PROOFS.find((proof) => proof.id === id).runs[0];
      check(parameters.at(-1).default === '', 'everybody by default');
      for (const row of await rows(id, { ...given, segment: 'nobody' }))
        columns.forEach(({ name, format }, i) => {
          if (format === 'money' || drill.customers.some(({ column }) => column === name)) check(row[i] === null || Number(row[i]) === 0, `${id}: ${name} of ${JSON.stringify(row)}`);
        });
    }
    check_equal((await server.ask('DELETE', '/api/v1/segments/nobody')).status, 200, 'removed');
  });
  if (peer)
    await harness.test('reports: a chain with what is rare, as DuckDB computes it', async () => {
      const [data, store] = [join(work, 'rare'), join(work, 'rare_store')];
      chain_alter(demo.data, data);
      await tessera_must(tessera, ['load', '--model', demo.model, '--data', data, '--out', store]);
      const [rare, against] = [await Server.start(tessera, [store]), await peer_open(data)];
      const ask = async (id, parameters) => {
        const reply = await rare.post(`/api/v1/reports/${id}/run`, { parameters });
        check_equal(reply.status, 200, `${id}: ${reply.text.slice(0, 300)}`);
        return reply.json().rows;
      };
      try {
        const { experiments } = (await rare.get('/api/v1/experiments')).json();
        check_equal(experiments.filter((one) => 'campaign' in one).map((one) => [one.id, one.campaign]), [['7', '305']], 'the test of a campaign');
        for (const [id, campaign] of [['7', '305'], ['8', null]]) check_equal((await rare.post(`/api/v1/experiments/${id}/evaluate`, {})).json().experiment.campaign, campaign, id);
        for (const proof of PROOFS) await prove(proof, ask, against);
        for (const [, test] of tests_reports_drill(() => rare, PROOFS, null).slice(0, 2)) await test();
      } finally {
        await rare.stop('SIGINT');
      }
    });
  for (const [name, test] of tests_reports_drill(() => server, PROOFS, peer, ['stores_by_city', 'weekdays'], ['stores_by_city', 'weekdays'])) await harness.test(name, test);
  await harness.test('reports: all are proven', async () => {
    const { reports } = (await server.get('/api/v1/reports')).json();
    const shipped = reports.map((report) => report.id).filter((id) => !['stores_by_city', 'lacking', 'levelless', 'weekdays'].includes(id));
    check_equal(shipped.sort(), PROOFS.map((proof) => proof.id).sort(), 'the catalogue');
    const named = [...documents.slice(documents.indexOf('### What proves them')).matchAll(/^\| `(\w+)` \|/gm)].map(([, id]) => id);
    check_equal(named.sort(), shipped, 'the table of docs/REPORTS.md');
  });
  await harness.test('reports: periods without data answer', async () => {
    const { reports } = (await server.get('/api/v1/reports')).json();
    for (const report of reports.filter((one) => one.available))
      for (const year of [1990, 2100]) {
        const given = PROOFS.find((proof) => proof.id === report.id)?.runs[0] ?? {};
        const dates = report.parameters.flatMap(({ name, type }) => (type === 'date' ? [[name, `${year}-05-06`]] : type === 'month' ? [[name, `${year}-05`]] : []));
        await rows(report.id, { ...given, ...Object.fromEntries(dates) });
      }
  });
  await harness.test('reports: values at the ends of their types are answered or refused', async () => {
    const { reports } = (await server.get('/api/v1/reports')).json();
    for (const report of reports.filter((one) => one.available))
      for (const [date, month, number] of [['0001-01-01', '0001-01', 0], ['9999-12-31', '9999-12', -1], ['2025-12-31', '2025-12', 2147483647], ['2025-12-31', '2025-12', 0.5], ['0001-01-01', '9999-12', 99999999999999999999999]]) {
        const given = PROOFS.find((proof) => proof.id === report.id)?.runs[0] ?? {};
        const wild = report.parameters.flatMap(({ name, type }) => ({ date: [[name, date]], month: [[name, month]], number: [[name, number]] })[type] ?? []);
        const reply = await run(report.id, { ...given, ...Object.fromEntries(wild) });
        check([200, 400].includes(reply.status), `${report.id} ${JSON.stringify(wild)}: ${reply.status} ${reply.text.slice(0, 300)}`);
      }
  });
  await harness.test('reports: the end', () => server.stop('SIGINT'), { always: true });

  for (const [what, text, pattern] of FAULTS)
    await harness.test(`reports: ${what} is told with its place`, async () => {
      writeFileSync(file, text);
      const { code, err } = await tessera_run(tessera, ['serve', demo.store, '--reports', folder, '--listen', '127.0.0.1:0']);
      check(code === 1 && pattern.test(err), `exit code ${code}: ${err.slice(0, 600)}`);
    });
  await harness.test('reports: a folder that is not there', async () => {
    const { code, err } = await tessera_run(tessera, ['serve', demo.store, '--reports', join(work, 'nowhere'), '--listen', '127.0.0.1:0']);
    check(code === 1 && /cannot read the folder of reports/.test(err), `exit code ${code}: ${err}`);
  });
}
