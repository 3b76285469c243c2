/*
 * docs/openapi.json against the server: the same routes and methods, and every answer is what its schema
 * says, as is every example in the description itself. The schemas use the part of JSON Schema that
 * schema_faults knows; anything else in them is a fault.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, check_equal, Server } from './harness.mjs';

const KNOWN = new Set(['$ref', 'type', 'properties', 'required', 'additionalProperties', 'items', 'enum', 'const', 'anyOf', 'description', 'minimum', 'maximum', 'minItems', 'maxItems', 'minLength', 'maxLength', 'pattern', 'format', 'default', 'examples', 'title']);

const type_of = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
const has_type = (value, type) => (type === 'integer' ? Number.isInteger(value) : type_of(value) === type);

/** What is wrong with a value, as texts; none: it fits. */
export function schema_faults(document, schema, value, path = '$') {
  if (schema === true) return [];
  if (schema === false) return [`${path}: nothing may stand here`];
  const unknown = Object.keys(schema).filter((key) => !KNOWN.has(key));
  if (unknown.length) return [`${path}: the schema uses ${unknown}, which this test does not know`];
  if (schema.$ref) return schema_faults(document, schema.$ref.slice(2).split('/').reduce((at, key) => at[key], document), value, path);
  if (schema.anyOf) {
    const faults = schema.anyOf.map((one) => schema_faults(document, one, value, path));
    return faults.some((list) => !list.length) ? [] : faults.flat();
  }
  const faults = [];
  const must = (condition, what) => condition || faults.push(`${path}: ${what}, got ${JSON.stringify(value)?.slice(0, 200)}`);
  if (schema.type) must([schema.type].flat().some((type) => has_type(value, type)), `expected ${schema.type}`);
  if (schema.enum) must(schema.enum.includes(value), `expected one of ${schema.enum}`);
  if ('const' in schema) must(value === schema.const, `expected ${schema.const}`);
  if (typeof value === 'string') {
    if (schema.pattern) must(new RegExp(schema.pattern, 'u').test(value), `expected ${schema.pattern}`);
    must(value.length >= (schema.minLength ?? 0) && value.length <= (schema.maxLength ?? Infinity), 'length');
    if (schema.format === 'date') must(/^\d{4}-\d\d-\d\d$/.test(value), 'expected a date');
    if (schema.format === 'date-time') must(!Number.isNaN(Date.parse(value)), 'expected a time stamp');
  }
  if (typeof value === 'number') must(value >= (schema.minimum ?? -Infinity) && value <= (schema.maximum ?? Infinity), 'range');
  if (Array.isArray(value)) {
    must(value.length >= (schema.minItems ?? 0) && value.length <= (schema.maxItems ?? Infinity), 'count of items');
    if (schema.items !== undefined) value.forEach((item, i) => faults.push(...schema_faults(document, schema.items, item, `${path}[${i}]`)));
  } else if (type_of(value) === 'object') {
    for (const key of schema.required ?? []) must(key in value, `"${key}" is missing`);
    for (const [key, member] of Object.entries(value)) {
      const rule = schema.properties?.[key] ?? schema.additionalProperties ?? true;
      faults.push(...schema_faults(document, rule, member, `${path}.${key}`));
    }
  }
  return faults;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

export async function tests_openapi(harness, tessera, root, demo) {
  const text = readFileSync(join(root, 'docs/openapi.json'), 'utf8');
  const document = JSON.parse(text);
  let server = null;
  const fits = (schema, value, what) => {
    const faults = schema_faults(document, schema, value);
    check(!faults.length, `${what}: ${faults.slice(0, 5).join('; ')}`);
  };
  const operation_of = (method, path) => document.paths[path][method.toLowerCase()];
  const answer_fits = (method, path, reply) => {
    const described = operation_of(method, path).responses[reply.status];
    check(described, `${method} ${path}: ${reply.status} is not described (${reply.text.slice(0, 200)})`);
    const resolved = described.$ref ? document.components.responses[described.$ref.split('/').at(-1)] : described;
    const mime = reply.headers['content-type'].split(';')[0];
    check(resolved.content[mime], `${method} ${path}: ${mime} is not described for ${reply.status}`);
    if (mime === 'application/json') fits(resolved.content[mime].schema, reply.json(), `${method} ${path} ${reply.status}`);
  };

  await harness.test('openapi: the checker finds what is wrong', async () => {
    const faults = (schema, value) => schema_faults(document, schema, value).length;
    check_equal([faults({ type: 'integer' }, 1), faults({ type: ['string', 'null'] }, null), faults({ items: { enum: ['a'] } }, ['a'])], [0, 0, 0], 'what fits');
    check_equal([faults({ type: 'integer' }, 1.5), faults({ required: ['a'] }, {}), faults({ additionalProperties: false }, { a: 1 }), faults({ items: { enum: ['a'] } }, ['b']), faults({ oneOf: [] }, 1), faults({ format: 'date', type: 'string' }, 'x')], [1, 1, 1, 1, 1, 1], 'what does not');
  });
  await harness.test('openapi: served as it is written', async () => {
    server = await Server.start(tessera, [demo.store, '--connections', '32', '--queries', '1', '--queue', '0']);
    check_equal((await server.get('/api/v1/openapi.json')).text === text, true, 'the same bytes');
    check(/^3\.1\./.test(document.openapi), 'OpenAPI 3.1');
  }, { always: true });
  await harness.test("openapi: the router's routes, no more and no fewer", async () => {
    const routes = (await server.get('/api/v1')).json().routes.map(({ method, path }) => `${method} ${path}`).sort();
    const described = Object.entries(document.paths).flatMap(([path, item]) => METHODS.filter((method) => item[method]).map((method) => `${method.toUpperCase()} ${path}`)).sort();
    check_equal(described, routes, 'routes');
    for (const [path, item] of Object.entries(document.paths)) {
      const { headers } = await server.ask('OPTIONS', path.replace('{id}', 'x'));
      const methods = METHODS.filter((method) => item[method]).map((method) => method.toUpperCase());
      check_equal(headers.allow.split(', ').filter((word) => word !== 'HEAD' && word !== 'OPTIONS').sort(), methods.sort(), `Allow of ${path}`);
    }
  });
  await harness.test('openapi: references lead somewhere, examples fit their schemas', async () => {
    for (const [, target] of text.matchAll(/"\$ref": *"#\/([^"]+)"/g)) check(target.split('/').reduce((at, key) => at?.[key], document), `#/${target}`);
    let count = 0;
    const walk = (node) => {
      if (type_of(node) !== 'object' && !Array.isArray(node)) return;
      if (node.schema && node.examples) for (const { value } of Object.values(node.examples)) fits(node.schema, value, `example ${++count}`);
      for (const child of Object.values(node)) walk(child);
    };
    walk(document);
    check(count >= 5, `${count} examples`);
  });
  await harness.test('openapi: requests that it shows are answered as it says', async () => {
    for (const [path, item] of Object.entries(document.paths)) {
      for (const { value } of Object.values(item.post?.requestBody?.content['application/json']?.examples ?? {})) {
        const reply = await server.post(path, value);
        check_equal(reply.status, 200, `${path} ${JSON.stringify(value)}: ${reply.text.slice(0, 300)}`);
        answer_fits('POST', path, reply);
      }
    }
  });
  await harness.test('openapi: answers and errors are of their schemas', async () => {
    const sql = (body, options) => server.post('/api/v1/sql', body, options);
    for (const path of ['/api/v1', '/api/v1/health', '/api/v1/model', '/api/v1/tables', '/api/v1/cuboids', '/api/v1/advice', '/api/v1/reports', '/api/v1/experiments', '/api/v1/segments', '/api/v1/audiences', '/api/v1/views', '/api/v1/loads', '/metrics', '/api/v1/queries', '/api/v1/openapi.json']) answer_fits('GET', path, await server.get(path));
    for (const format of ['json', 'csv', 'ndjson', 'xlsx', 'table', 'record']) answer_fits('POST', '/api/v1/sql', await sql({ sql: 'SELECT 1 AS a', format, query_id: 'known' }));
    for (const body of ['{', { sql: 'SELECT nothing' }, { sql: 'SELECT 1 / 0' }, { sql: 'SELECT 1', limits: { rows: 0 } }]) answer_fits('POST', '/api/v1/sql', await sql(body));
    answer_fits('POST', '/api/v1/sql', await sql({}, { headers: { 'Content-Type': 'text/plain' } }));
    answer_fits('POST', '/api/v1/query', await server.post('/api/v1/query', { measures: ['nothing'] }));
    for (const body of [{ measure: 'sales.revenue', period: { from: '2025-12-01', to: '2025-12-31' }, members: 2 }, { measure: 'sales.buyers' }, { measure: 'sales.revenu', period: { from: '2025-12-01', to: '2025-12-31' } }])
      answer_fits('POST', '/api/v1/changes', await server.post('/api/v1/changes', body));
    for (const body of [{ query: { measures: ['sales.buyers'], dimensions: ['date.year'] }, at: { 'date.year': null } }, {}, { query: { measures: ['none.none'] } }]) answer_fits('POST', '/api/v1/query/members', await server.post('/api/v1/query/members', body));
    answer_fits('POST', '/api/v1/workbook', await server.post('/api/v1/workbook', { columns: [], rows: [] }));
    for (const [id, body] of [['penetration', {}], ['penetration', { format: 'csv' }], ['penetration', { format: 'xlsx', language: 'ru' }], ['penetration', { parameters: { month: 1 } }], ['penetration', { parameters: { regions: ['Центр'] } }], ['penetration', { parameters: { regions: ['x'] } }], ['none', {}]])
      answer_fits('POST', '/api/v1/reports/{id}/run', await server.post(`/api/v1/reports/${id}/run`, body));
    for (const [id, body] of [['7', {}], ['10', { acknowledge_split: true, by_day: true }], ['7', { as_of: '2024-04-16' }], ['7', { primary: 'nothing' }], ['none', {}]])
      answer_fits('POST', '/api/v1/experiments/{id}/evaluate', await server.post(`/api/v1/experiments/${id}/evaluate`, body));
    answer_fits('POST', '/api/v1/experiments/evaluate', await server.post('/api/v1/experiments/evaluate', {}));
    const test = { members: { seed: 'spring' }, arms: [{ id: 'control', share: 1 }, { id: 'letter', share: 1 }], start: '2025-06-02', end: '2025-06-29', primary: 'sales_per_customer' };
    const pilot = { level: 'store.store', pilot: ['1', 2], start: '2025-06-02', end: '2025-06-29', primary: 'receipts.sales' };
    for (const body of [pilot, { ...pilot, design: 'matched_control' }, { ...pilot, level: 'store.stor' }, {}]) answer_fits('POST', '/api/v1/experiments/pilot', await server.post('/api/v1/experiments/pilot', body));
    for (const body of [{ ...test, durations: [7, 366] }, { ...test, members: { experiment: 7 }, start: '2024-04-08', end: '2024-04-14' }, { ...test, durations: [] }, {}]) answer_fits('POST', '/api/v1/experiments/plan', await server.post('/api/v1/experiments/plan', body));
    for (const body of [{ id: 'spring', ...test }, { id: 'spring', ...test }, { id: 'spring' }]) answer_fits('POST', '/api/v1/experiments', await server.post('/api/v1/experiments', body));
    for (const list of [document.paths['/api/v1/experiments/lists'].post.requestBody.content['text/csv'].examples.two.value, '1;a\n1;b\n', '99999999;a\n', '{}'])
      answer_fits('POST', '/api/v1/experiments/lists', await server.post('/api/v1/experiments/lists', list, { headers: { 'Content-Type': list === '{}' ? 'application/json' : 'text/csv' } }));
    for (const id of [(await server.post('/api/v1/experiments/lists', '1;a\n', { headers: { 'Content-Type': 'text/csv' } })).json().list, 'none']) answer_fits('GET', '/api/v1/experiments/lists/{id}', await server.get(`/api/v1/experiments/lists/${id}`));
    answer_fits('GET', '/api/v1/experiments', await server.get('/api/v1/experiments'));
    for (const id of ['spring', '7', 'none']) {
      const path = `/api/v1/experiments/${id}`, body = JSON.stringify({ ...test, members: { definition: { all: [] }, seed: 'summer' } });
      answer_fits('GET', '/api/v1/experiments/{id}', await server.get(path));
      answer_fits('PUT', '/api/v1/experiments/{id}', await server.ask('PUT', path, { headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }, body }));
      answer_fits('DELETE', '/api/v1/experiments/{id}', await server.ask('DELETE', path));
    }
    for (const body of [{ names: ['sales(date.year, tier.tier): revenue'] }, { names: ['sales(date.yeer)'] }, { names: [] }, '{'])
      answer_fits('POST', '/api/v1/cuboids', await server.post('/api/v1/cuboids', body));
    answer_fits('GET', '/api/v1/cuboids', await server.get('/api/v1/cuboids'));
    for (const name of ['sales(date.year, tier.tier)', 'sales(date.day)', 'none']) answer_fits('DELETE', '/api/v1/cuboids/{id}', await server.ask('DELETE', `/api/v1/cuboids/${encodeURIComponent(name)}`));
    for (let i = 0; i < 2; i++) answer_fits('DELETE', '/api/v1/cuboids', await server.ask('DELETE', '/api/v1/cuboids'));
    const definition = { all: [{ measure: 'receipts.count', days: 90, at_least: 1 }, { level: 'customer.gender', in: ['f'] }] };
    for (const body of [{ definition }, { definition, as_of: '2024-05-01' }, { definition: {} }, { definition: { segment: 'none' } }])
      answer_fits('POST', '/api/v1/segments/preview', await server.post('/api/v1/segments/preview', body));
    for (const body of [{ definition }, { text: "segment 'vip' or not receipts.count over 90 days >= 1" }, { text: 'receipts.count >' }, {}, { definition, text: 'all()' }])
      answer_fits('POST', '/api/v1/segments/text', await server.post('/api/v1/segments/text', body));
    answer_fits('POST', '/api/v1/segments/preview', await server.post('/api/v1/segments/preview', { text: 'receipts.count over 90 days >= 1' }));
    for (const body of [{ segments: [definition, { any: [] }] }, { segments: [definition] }, { segments: ['none', definition] }])
      answer_fits('POST', '/api/v1/segments/overlap', await server.post('/api/v1/segments/overlap', body));
    for (const body of [{ sides: [{ definition }, { definition, as_of: '2024-12-31' }], days: 90 }, { sides: [{ definition }] }, { sides: [{ segment: 'none' }, { definition }] }])
      answer_fits('POST', '/api/v1/segments/compare', await server.post('/api/v1/segments/compare', body));
    for (const body of [{ id: 'women', name: 'Women', definition }, { id: 'women', name: 'Women', definition }, { name: 'Women' }])
      answer_fits('POST', '/api/v1/segments', await server.post('/api/v1/segments', body));
    answer_fits('GET', '/api/v1/segments', await server.get('/api/v1/segments'));
    for (const id of ['women', 'none']) {
      const path = `/api/v1/segments/${id}`, body = JSON.stringify({ name: 'Women who buy', definition });
      answer_fits('GET', '/api/v1/segments/{id}', await server.get(path));
      answer_fits('GET', '/api/v1/segments/{id}/members', await server.get(`${path}/members`));
      answer_fits('PUT', '/api/v1/segments/{id}', await server.ask('PUT', path, { headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }, body }));
      answer_fits('DELETE', '/api/v1/segments/{id}', await server.ask('DELETE', path));
    }
    const arms = [{ id: 'letter', share: 0.9 }, { id: 'control', share: '0.1', hold_out: true }];
    for (const body of [{ id: 'spring', name: 'Spring', definition, arms, stratify_by: ['customer.gender', 'customer.city'] }, { id: 'spring', name: 'Again', definition }, { id: 'all', name: 'All', definition },
      { id: 'none', name: 'None', segment: 'none' }, { id: 'none' }]) answer_fits('POST', '/api/v1/audiences', await server.post('/api/v1/audiences', body));
    answer_fits('GET', '/api/v1/audiences', await server.get('/api/v1/audiences'));
    for (const id of ['spring', 'all', 'none']) {
      const path = `/api/v1/audiences/${id}`;
      answer_fits('GET', '/api/v1/audiences/{id}', await server.get(path));
      answer_fits('GET', '/api/v1/audiences/{id}/members', await server.get(`${path}/members`));
      for (const body of [{}, { columns: ['name', 'arm'] }, { personal: true }]) answer_fits('POST', '/api/v1/audiences/{id}/export', await server.post(`${path}/export`, body));
      answer_fits('GET', '/api/v1/exports', await server.get('/api/v1/exports'));
      answer_fits('DELETE', '/api/v1/audiences/{id}', await server.ask('DELETE', path));
    }
    const place = { page: 'explore', query: 'cube=sales' };
    for (const body of [{ id: 'monday', name: 'Monday', ...place }, { id: 'monday', name: 'Again', ...place }, { name: 'Nowhere' }]) answer_fits('POST', '/api/v1/views', await server.post('/api/v1/views', body));
    answer_fits('GET', '/api/v1/views', await server.get('/api/v1/views'));
    for (const id of ['monday', 'none']) {
      const path = `/api/v1/views/${id}`, body = JSON.stringify({ name: 'Tuesday', ...place });
      answer_fits('GET', '/api/v1/views/{id}', await server.get(path));
      answer_fits('PUT', '/api/v1/views/{id}', await server.ask('PUT', path, { headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }, body }));
      answer_fits('DELETE', '/api/v1/views/{id}', await server.ask('DELETE', path));
    }
    for (const body of [{ customer: 1 }, { customer: 'x' }, { identity: { value: 'nobody' } }]) answer_fits('POST', '/api/v1/customers/card', await server.post('/api/v1/customers/card', body));
    const one = '/api/v1/queries/{id}';
    answer_fits('GET', one, await server.get('/api/v1/queries/known'));
    answer_fits('GET', one, await server.get('/api/v1/queries/unknown'));
    answer_fits('DELETE', one, await server.ask('DELETE', '/api/v1/queries/known'));
    answer_fits('DELETE', one, await server.ask('DELETE', '/api/v1/queries/unknown'));
    const long = 'SELECT count(*) FROM sales a CROSS JOIN sales b CROSS JOIN sales c WHERE a.paid + b.paid + c.paid < -1';
    const running = sql({ sql: long, query_id: 'runs' }, { agent: false });
    while ((await server.get('/api/v1/queries/runs')).status !== 200) await new Promise((wake) => setTimeout(wake, 20));
    answer_fits('GET', '/api/v1/queries', await server.get('/api/v1/queries'));
    answer_fits('POST', '/api/v1/sql', await sql({ sql: 'SELECT 1' })); // no place, no queue: busy
    answer_fits('DELETE', one, await server.ask('DELETE', '/api/v1/queries/runs'));
    answer_fits('POST', '/api/v1/sql', await running);
  });
  if (server) await harness.test('openapi: the end', () => server.stop('SIGTERM'), { always: true });
}
