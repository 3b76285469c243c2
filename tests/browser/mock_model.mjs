// The models that the mock server can play: the retail chain, a retail chain that lacks parts of it, and
// a foreign one (a wholesaler of two cubes), for which the Overview has no hand-picked page.

const text = (en, ru) => ({ en, ru });

export const RETAIL_STORES = (() => {
  const regions = {
    'Центр': ['Москва', 'Тула', 'Тверь', 'Рязань'],
    'Северо-Запад': ['Санкт-Петербург', 'Псков', 'Великий Новгород'],
    'Поволжье': ['Казань', 'Самара', 'Саратов'],
    'Урал': ['Екатеринбург', 'Пермь', 'Челябинск'],
    'Сибирь': ['Новосибирск', 'Омск', 'Красноярск'],
    'Юг': ['Ростов-на-Дону', 'Краснодар']
  };
  const stores = [];
  for (const [region, cities] of Object.entries(regions)) {
    for (const [i, city] of cities.entries()) {
      const count = i === 0 ? 4 : 2;
      for (let n = 1; n <= count; n++) stores.push({ region, city, store: `${city}, магазин ${n}`, format: n % 2 ? 'супермаркет' : 'у дома' });
    }
  }
  return stores;
})();

export const CATEGORIES = {
  'Молоко и сыр': ['Молоко', 'Сыр', 'Йогурт'], 'Хлеб и выпечка': ['Хлеб', 'Выпечка'], 'Овощи и фрукты': ['Овощи', 'Фрукты'],
  'Мясо и птица': ['Птица', 'Говядина', 'Свинина'], 'Рыба': ['Свежая рыба', 'Консервы'], 'Бакалея': ['Крупы', 'Макароны', 'Масло'],
  'Напитки': ['Вода', 'Соки', 'Чай и кофе'], 'Сладости': ['Шоколад', 'Печенье'], 'Красота и уход': ['Волосы', 'Лицо', 'Тело'],
  'Здоровье': ['Витамины', 'Первая помощь'], 'Дом и быт': ['Стирка', 'Уборка', 'Бумага'], 'Обувь': ['Зимняя обувь', 'Летняя обувь']
};
export const CHANNELS = ['Магазин', 'Приложение', 'Сайт', 'Маркетплейс'];

const DATA = {
  from: '2023-01-01', to: '2025-12-31', complete_to: '2025-12-31', as_of: '2025-12-31T22:47:00', loaded_at: '2026-01-01T03:12:41', version: 3
};
const level = (name, title, parent = null, values = null, type = 'string') => ({ name, dimension: name.split('.')[0], title, type, parent, values });
const DATE_LEVELS = [
  level('date.day', text('Day', 'День'), 'date.month', 1096, 'date'),
  level('date.week', text('Week', 'Неделя'), null, 157, 'date'),
  level('date.month', text('Month', 'Месяц'), 'date.quarter', 36, 'date'),
  level('date.quarter', text('Quarter', 'Квартал'), 'date.year', 12, 'date'),
  level('date.year', text('Year', 'Год'), null, 3, 'integer'),
  level('date.weekday', text('Weekday', 'День недели'), null, 7, 'integer')
];
const measure = (name, title, definition, format, unit, good, scale = 2) => ({
  name, cube: name.split('.')[0], title, definition, type: format === 'integer' ? 'integer' : 'decimal', scale: format === 'integer' ? 0 : scale, unit, format, good, by_time: name !== 'receipts.active_members',
  parts: /buyers|members|sales.receipts/.test(name) ? 'overlap' : format === 'percent' || format === 'decimal' || /average|spend/.test(name) ? null : 'add'
});

const RETAIL_MEASURES = [
  measure('sales.revenue', text('Net sales', 'Продажи за вычетом возвратов'),
    text('Paid after discounts, coupons and redeemed points, VAT included, net of returns.', 'Оплачено после скидок, купонов и списанных баллов, с НДС, за вычетом возвратов.'), 'money', 'RUB', 'up'),
  measure('sales.units', text('Units', 'Единиц'), text('Units sold, net of returns.', 'Продано единиц за вычетом возвратов.'), 'integer', null, 'up'),
  measure('sales.margin', text('Gross margin', 'Валовая прибыль'), text('Sales without VAT less cost at sale.', 'Продажи без НДС минус себестоимость.'), 'money', 'RUB', 'up'),
  measure('sales.receipts', text('Receipts with it', 'Чеков с товаром'), text('Receipts that have a matching line.', 'Чеки, в которых есть подходящая позиция.'), 'integer', null, 'up'),
  measure('sales.buyers', text('Buyers of it', 'Покупателей товара'), text('Members who bought a matching line.', 'Участники, купившие подходящую позицию.'), 'integer', null, 'up'),
  measure('sales.spend_per_receipt', text('Spend per receipt with it', 'Сумма на чек с товаром'), text('Sales of the matching lines per receipt that has one.', 'Продажи подходящих позиций на чек, в котором они есть.'), 'money', 'RUB', 'up'),
  measure('receipts.count', text('Receipts', 'Чеки'), text('Receipts with at least one positive line that is no service item.', 'Чеки, где есть хотя бы одна проданная позиция, не считая услуг.'), 'integer', null, 'up'),
  measure('receipts.with_card', text('Receipts with a card', 'Чеки с картой'), text('Receipts of a known member.', 'Чеки известного участника.'), 'integer', null, 'up'),
  measure('receipts.average_check', text('Average check', 'Средний чек'), text('Net sales per receipt.', 'Продажи за вычетом возвратов на один чек.'), 'money', 'RUB', 'up'),
  measure('receipts.items_per_check', text('Items per check', 'Товаров в чеке'), text('Units per receipt; a weighed line counts as one.', 'Единиц на чек; весовая позиция считается за одну.'), 'decimal', null, 'up'),
  measure('receipts.card_share', text('Share with a card', 'Доля чеков с картой'), text('Receipts of known members among all receipts.', 'Чеки участников среди всех чеков.'), 'percent', null, 'up', 1),
  measure('receipts.buyers', text('Buyers', 'Покупатели'), text('Members with at least one purchase.', 'Участники хотя бы с одной покупкой.'), 'integer', null, 'up'),
  measure('receipts.active_members', text('Active members', 'Активные участники'), text("Members who bought in the 90 days to the period's end.", 'Участники с покупкой за 90 дней до конца периода.'), 'integer', null, 'up'),
  measure('receipts.frequency', text('Purchase frequency', 'Частота покупок'), text('Receipts with a card per buyer.', 'Чеков с картой на покупателя.'), 'decimal', null, 'up'),
  measure('receipts.per_day', text('Receipts a day', 'Чеков в день'), text('Receipts per day that had any.', 'Чеков на один день, в который они были.'), 'decimal', null, 'up', 1)
];
const RETAIL_LEVELS = [
  ...DATE_LEVELS,
  level('hour.hour', text('Hour', 'Час'), null, 24, 'integer'),
  level('store.store', text('Shop', 'Магазин'), 'store.city', RETAIL_STORES.length),
  level('store.city', text('City', 'Город'), 'store.region', 18),
  level('store.region', text('Region', 'Регион'), null, 6),
  level('store.format', text('Format', 'Формат'), null, 2),
  level('channel.channel', text('Channel', 'Канал'), null, CHANNELS.length),
  level('product.subcategory', text('Subcategory', 'Подкатегория'), 'product.category', 31),
  level('product.category', text('Category', 'Категория'), null, Object.keys(CATEGORIES).length)
];

const names = (levels, prefix) => levels.map((l) => l.name).filter((n) => prefix.some((p) => n.startsWith(p)));
const cube = (name, title, time, levels, measures) => ({
  name, title, time, levels, measures: measures.filter((m) => m.cube === name).map((m) => m.name)
});

export const RETAIL = {
  name: 'retail', title: text('Demo chain', 'Демонстрационная сеть'), time_zone: 'Europe/Moscow', currency: 'RUB', data: DATA,
  cubes: [
    cube('sales', text('Sales', 'Продажи'), 'date.day', names(RETAIL_LEVELS, ['date', 'store', 'channel', 'product']), RETAIL_MEASURES),
    cube('receipts', text('Receipts', 'Чеки'), 'date.day', names(RETAIL_LEVELS, ['date', 'hour', 'store', 'channel']), RETAIL_MEASURES)
  ],
  levels: RETAIL_LEVELS, measures: RETAIL_MEASURES, definitions: { active_days: 90 }
};

const WHOLESALE_MEASURES = [
  measure('orders.amount', text('Amount', 'Сумма'), text('Amount ordered.', 'Сумма заказов.'), 'money', null, 'up'),
  measure('orders.count', text('Orders', 'Заказы'), text('Orders placed.', 'Сделанные заказы.'), 'integer', null, 'up'),
  measure('orders.returns', text('Returned', 'Возвращено'), text('Amount returned.', 'Сумма возвратов.'), 'money', null, 'down'),
  measure('stock.units', text('Stock', 'Остаток'), text('Units in stock.', 'Единиц на складе.'), 'integer', null, null)
];
const WHOLESALE_LEVELS = [
  ...DATE_LEVELS.slice(0, 3).map((l) => ({ ...l, name: l.name.replace('date', 'time'), dimension: 'time', parent: null })),
  level('customer.country', text('Country', 'Страна'), null, 3),
  level('customer.city', text('City', 'Город'), 'customer.country', 9),
  level('product.family', text('Family', 'Семейство'), null, 3)
];
export const WHOLESALE = {
  name: 'wholesale', title: text('Wholesale', 'Опт'), time_zone: 'UTC', currency: 'USD', data: DATA,
  cubes: [
    cube('orders', text('Orders', 'Заказы'), 'time.day', names(WHOLESALE_LEVELS, ['time', 'customer', 'product']), WHOLESALE_MEASURES),
    cube('stock', text('Stock', 'Остатки'), 'time.day', names(WHOLESALE_LEVELS, ['time', 'product']), WHOLESALE_MEASURES)
  ],
  levels: WHOLESALE_LEVELS, measures: WHOLESALE_MEASURES, definitions: {}
};

export const MISSING = [
  { level: 'store.store', value: 'Омск, магазин 2', title: 'Омск, магазин 2', date: '2025-12-30' },
  { level: 'store.store', value: 'Тула, магазин 1', title: 'Тула, магазин 1', date: '2025-12-31' }
];
