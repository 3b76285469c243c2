/*
 * What stands behind a report's figures (docs/REPORTS.md, Drill): for every report that names customers, rows of a cube
 * or a segment, the number behind the link is the number in the table. Whom some lists name, DuckDB says too.
 */
import { check, check_equal } from './harness.mjs';
import { plain } from './reports_peer.mjs';
import { MEMBERS_CUSTOMERS } from './tests_reports_customers.mjs';

const ROWS_MAX = 25;
/** At most so many of the rows, the first and the last of them, evenly spread. */
const spread = (rows) => (rows.length <= ROWS_MAX ? rows : Array.from({ length: ROWS_MAX }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (ROWS_MAX - 1))]));
const month_end = (month) => new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)), 0)).toISOString().slice(0, 10);
const first_day = (value) => (value.length === 7 ? `${value}-01` : value);
const last_day = (value) => (value.length === 7 ? month_end(value) : value);
const own = (report, row, columns) => Object.fromEntries(columns.map((name) => [name, row[report.columns.findIndex((column) => column.name === name)]]));
const values_of = (report, given) => ({ ...Object.fromEntries(report.parameters.map(({ name, default: usual, type }) => [name, type === 'number' && usual !== null ? Number(usual) : usual])), ...given });

/** The cube query of a row's link, by the template alone; null: the row has none. */
function cube_question(report, parameters, row) {
  const { measures, period, by, levels } = report.drill.rows;
  const values = values_of(report, parameters);
  const wanted = levels.filter(({ when }) => when === null || when === values[by]);
  const named = own(report, row, wanted.map(({ column }) => column));
  if (!wanted.length || row.includes('total') || Object.values(named).includes(null)) return null;
  const days = period.length ? { from: first_day(values[period[0]]), to: last_day(values[period.at(-1)]) } : undefined;
  const filters = [];
  for (const { column, level } of wanted) {
    if (level === 'date.month') [days.from, days.to] = [days.from > named[column] ? days.from : named[column], days.to < month_end(named[column]) ? days.to : month_end(named[column])];
    else filters.push({ level, in: [named[column]] });
  }
  for (const { name, level } of report.parameters) if (level && values[name]?.length) filters.push({ level, in: values[name] });
  return { measures: measures.map(({ measure }) => measure), filters, ...(days ? { period: days } : {}) };
}

/** [name, test] of each, with `cut.segment` where `cut.reports` has the report; `own`: reports of the server's folder that name customers, and rows. The first two hold for any chain. */
export function tests_reports_drill(server_of, proofs, peer, own_customers = [], own_rows = [], cut = null) {
  const post = (path, body) => server_of().post(path, body);
  const answer = async (path, body, what) => {
    const reply = await post(path, body);
    check_equal(reply.status, 200, `${what}: ${reply.text.slice(0, 300)}`);
    return reply.json();
  };
  const drilled = async (has) => (await server_of().get('/api/v1/reports')).json().reports.filter((report) => report.available && has(report.drill));
  /** For two runs of each report's proof. */
  async function each_run(has, use) {
    const reports = await drilled(has);
    for (const report of reports)
      for (const given of (proofs.find(({ id }) => id === report.id)?.runs ?? [{}]).slice(0, cut ? 1 : 3)) {
        const parameters = cut?.reports.includes(report.id) ? { ...given, segment: cut.segment } : given;
        const { rows } = await answer(`/api/v1/reports/${report.id}/run`, { parameters }, report.id);
        await use(report, parameters, rows);
      }
    return reports.map(({ id }) => id);
  }

  return [
    ['reports: as many customers as the figure says stand behind each', async () => {
      let asked = 0;
      const ids = await each_run((drill) => drill.customers.length, async (report, parameters, rows) => {
        for (const { column, row: needed } of report.drill.customers)
          for (const row of spread(rows)) {
            const what = `${report.id} ${JSON.stringify(parameters)} ${column} of ${JSON.stringify(row)}`;
            const got = (await answer(`/api/v1/reports/${report.id}/customers`, { parameters, column, row: own(report, row, needed) }, what)).rows.map(([customer]) => customer);
            const figure = Math.abs(own(report, row, [column])[column] ?? 0);
            // a step that the channel does not tell of, or a group that there is not, is a dash
            if (own(report, row, [column])[column] !== null) check_equal(got.length, figure, what);
            check(new Set(got).size === got.length && !got.includes(null), `${what}: each once`);
            asked += figure > 0;
          }
      });
      check_equal(ids.sort(), ['base_bridge', 'base_status', 'binary_segments', 'campaign_impact', 'campaign_romi', 'channel_mix', 'churn', 'last_purchase', 'liability', 'ltv_to_date', 'offer_funnel', 'omnichannel', 'order_ladder', 'points_trend', 'product_cohort', 'retention', 'rfm', 'rfm_migration', 'rfm_profile', 'store_league', 'tier_membership', 'tier_rollover', ...own_customers].sort(), 'reports');
      check(asked > (cut ? 300 : 500), `${asked} lists`);
    }],
    ['reports: the rows behind a figure come to it', async () => {
      let asked = 0;
      const ids = await each_run((drill) => drill.rows, async (report, parameters, rows) => {
        for (const row of spread(rows)) {
          const question = cube_question(report, parameters, row);
          if (!question) continue;
          const what = `${report.id} ${JSON.stringify(question)}`;
          const got = (await answer('/api/v1/query', question, what)).rows[0];
          const cells = own(report, row, report.drill.rows.measures.map(({ column }) => column));
          check_equal(plain([got])[0].map((cell) => Math.abs(cell ?? 0)), plain([Object.values(cells)])[0].map((cell) => Math.abs(cell ?? 0)), what);
          asked++;
        }
      });
      check_equal(ids.sort(), ['channel_mix', 'expiry_rate', 'like_for_like', 'point_bank', 'points_trend', 'redemption_rate', 'returns_rate', 'store_league', ...own_rows].sort(), 'reports');
      check(asked > 100, `${asked} questions`);
    }],
    ['reports: the segment behind a row has as many members', async () => {
      const { attributes } = (await server_of().get('/api/v1/model')).json();
      let asked = 0;
      for (const report of await drilled((drill) => drill.segment)) {
        const { attribute, column, day } = report.drill.segment;
        for (const as_of of ['2025-12-31', '2024-05-17']) {
          const { rows } = await answer(`/api/v1/reports/${report.id}/run`, { parameters: { [day]: as_of } }, report.id);
          const known = attributes.find(({ name }) => name === attribute).values.map(({ value }) => value);
          for (const row of rows) {
            const { [column]: value, members } = own(report, row, [column, 'members']);
            if (!known.includes(value)) continue;
            check_equal((await answer('/api/v1/segments/preview', { definition: { attribute, in: [value] }, as_of }, `${report.id} ${value}`)).size, members, `${report.id} ${value} ${as_of}`);
            asked++;
          }
        }
      }
      check(asked >= 80, `${asked} segments`);
    }],
    ['reports: the customers are those whom DuckDB finds', async () => {
      if (!peer) return;
      for (const { id, parameters, column, row, wanted } of MEMBERS_CUSTOMERS) {
        const got = (await answer(`/api/v1/reports/${id}/customers`, { parameters, column, row }, id)).rows.map(([customer]) => customer);
        check(got.length > 0, `${id}: somebody`);
        check_equal(got, plain(await peer(wanted)).map(([customer]) => customer), `${id} ${JSON.stringify(row)}`);
      }
    }],
    ['reports: customers who cannot be told are refused', async () => {
      const refused = async (id, body, status, pattern, path) => {
        const reply = await post(`/api/v1/reports/${id}/customers`, body);
        check_equal(reply.status, status, reply.text.slice(0, 300));
        check(pattern.test(reply.json().error.message), reply.text);
        if (path) check_equal(reply.json().error.path, path, 'path');
      };
      await refused('nothing', { column: 'members' }, 404, /there is no report "nothing"/);
      await refused('rfm', {}, 400, /expected \{"parameters": \{\.\.\.\}, "column": "\.\.\.", "row": \{\.\.\.\}\}/);
      await refused('rfm', { column: 'sales', row: {} }, 400, /the report rfm names no customers of "sales"/, 'column');
      await refused('kpi', { column: 'value', row: {} }, 400, /names no customers of "value"/, 'column');
      await refused('rfm', { column: 'members', row: { segment: 'lost' } }, 400, /expected the row's value of the column recency/, 'row.recency');
      await refused('rfm', { column: 'members', row: { segment: ['lost'] } }, 400, /expected a text, a number, true, false or null/, 'row.segment');
      await refused('rfm', { column: 'members', row: { segment: 'x', recency: 'x', frequency_money: 1 } }, 400, /./);
      await refused('rfm', { column: 'members', row: 'lost' }, 400, /expected an object of columns/, 'row');
      await refused('rfm', { column: 'members', rows: {} }, 400, /expected parameters, column, row, format/, 'rows');
      await refused('rfm', { column: 'members', row: {}, parameters: { day: 'x' } }, 400, /expected a date such as/, 'parameters.day');
      const quote = { column: 'members', row: { segment: "' OR true OR '", recency: null, frequency_money: 9 } };
      check_equal((await answer('/api/v1/reports/rfm/customers', quote, 'a quote is a letter')).rows, [], 'nobody');
      const csv = await post('/api/v1/reports/rfm/customers', { column: 'members', row: { segment: 'total', recency: null, frequency_money: null }, format: 'csv' });
      check(csv.text.startsWith('customer') && csv.text.trimEnd().split('\n').length > 100, csv.text.slice(0, 60));
    }]
  ];
}
