/*
 * What `tessera open` is tried on, by the API's tests and the browser's: public data sets with the totals that their publishers or
 * describers give, and files as people have them with the figures that a person would read in them.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const SETS = [
  { name: 'online_retail', figures: { revenue: 9747747.934, row_count: 541909, count_invoice_no: 25900, count_customer_id: 4372 }, levels: ['country.country', 'stock_code.stock_code'] },
  { name: 'hillstrom', figures: { spend: 67258.13, row_count: 64000, sum_visit: 9394, sum_conversion: 578 }, levels: ['segment.segment', 'channel.channel'] },
  { name: 'rfm', figures: { revenue: 464158, row_count: 4906, count_customer_id: 995 }, levels: [], only: /orders/ },
  { name: 'foodmart', figures: { store_sales: 565238.13, unit_sales: 266773, count_customer_id: 5581 }, levels: ['product.product_family', 'store.store_state', 'customer.gender'] },
  { name: 'complete_journey', figures: { sales_value: 312753.23, row_count: 100000, count_household_id: 2405 }, levels: ['products.department', 'store_id.store_id'] }
];

/** The sets with the words that `tessera open` gets for each in a folder of data; `lacking` says why one is not there. */
export function public_sets(data) {
  return SETS.map(({ only, ...set }) => {
    const folder = join(data, set.name);
    if (!existsSync(folder)) return { ...set, words: [], lacking: `no files in ${folder}; set TESSERA_DATA` };
    return { ...set, words: only ? readdirSync(folder).filter((file) => only.test(file)).map((file) => join(folder, file)) : [folder], lacking: null };
  });
}

/** [name, bytes, figures] of each file. */
export function messy_files() {
  const koi8 = (text) => Buffer.from([...text].map((c) => (c < '\x80' ? c.charCodeAt(0) : c === '\u00a0' ? 0x9a : KOI8.indexOf(c) + 0xc0)));
  const KOI8 = 'юабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ';
  return [
    ['german.csv', 'sep=;\r\nDatum;Kunde;Umsatz;Menge\r\n01.02.2025;Meier;1.234,50 €;1\r\n02.02.2025;Huber;12,50 €;3\r\n03.02.2025;Meier;1.000.000,00 €;\r\n;;;\r\nSumme:;;1.001.247,00 €;4\r\n', { umsatz: 1001247, menge: 4, row_count: 3 }],
    ['american.csv', 'Date,Shop,Net,Qty\n1/31/2025,A,"$1,234.50","1,200"\n2/1/2025,B,$12.00,15\n2/2/2025,A,($5.25),2\n2/3/2025,B,$0.10\nTotal,,"$1,241.35",\n', { net: 1241.35, qty: 1217, row_count: 4 }],
    ['swiss.csv', "\n\n\"Net\nCHF\",City\n1'234.5,Bern\n12,Basel\n1'000'000,Bern\n", { net_chf: 1001246.5, row_count: 3 }],
    ['blanks.csv', 'Дата;Город;Сумма\n01.02.2025;Омск;1\u00a0234,50 ₽\n02.02.2025;Тара;99,00 ₽\n03.02.2025;Омск;12\u00a0000 ₽\nИтого;;13 333,50 ₽\n', { summa: 13333.5, row_count: 3 }],
    ['koi8.csv', koi8('Дата;Город;Сумма\n01.02.2025;Омск;1\u00a0234,50 руб.\n02.02.2025;Тара;99,00 руб.\n'), { summa: 1333.5, row_count: 2 }],
    ['utf16.csv', Buffer.from('\ufeffday\tcity\tn\n2025-01-01\tZürich\t5\n2025-01-02\tBern\t6\n2025-01-03\tBern\t7\n', 'utf16le'), { n: 18, row_count: 3 }],
    ['ragged.csv', 'day;city;n;\n2025-01-01;Bern;5;\n2025-01-02;Basel\n2025-01-03;Bern;7;;\n', { n: 12, row_count: 3 }],
    ['percent.csv', 'shop,share,sold at\nA,12.5 %,2025-01-01 10:00:00.1234567\nB,50 %,2025-01-01 23:59:59.123456789\nA,0.5%,2025-01-02 00:00:00\n', { average_share: 21, row_count: 3 }],
    ['unix.csv', 'created_at,shop,n\n1735689600,A,1\n1735776000,B,2\n1735862400,A,4\n', { n: 7, row_count: 3 }],
    ['orders.json', '[\n {"id": 1, "customer": {"id": 7, "city": "Omsk"}, "amount": 12.5, "date": "2025-01-02"},\n {"id": 2,\n  "customer": {"id": 8, "city": "Tara"}, "amount": 7, "date": "2025-01-03"},\n {"id": 3, "customer": null, "amount": 0.25, "date": "2025-01-04"}\n]\n', { amount: 19.75, row_count: 3 }],
    ['lines.jsonl', '{"day": "2025-01-02", "shop": {"city": "Omsk"}, "n": 1}\n{"day": "2025-01-03", "shop": {"city": "Tara"}, "n": 2}\n{"day": "2025-01-03", "shop": {"city": "Omsk"}, "n": 4}\n', { n: 7, row_count: 3 }]
  ];
}
