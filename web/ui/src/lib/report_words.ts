/*
 * Words that reports make themselves ("total", "champions") and the choices of their parameters: the
 * answers have them in English in every language (docs/REPORTS.md), the page shows them in the reader's.
 * Exports keep them as answered. A word that is not here is shown as it is.
 */
import type { Lang } from './words';

const RU: Record<string, string> = {
  total: 'всего',
  'left it': 'ушли из сегмента',
  'like-for-like': 'сопоставимые',
  'other stores': 'остальные',
  opening: 'на начало',
  new: 'новые',
  reactivated: 'вернувшиеся',
  lapsed: 'ушедшие',
  removed: 'выбывшие',
  closing: 'на конец',
  'memo: in and out': 'справочно: пришли и ушли',
  active: 'активные',
  slipping: 'остывающие',
  dormant: 'спящие',
  never: 'без покупок',
  'net sales': 'продажи за вычетом возвратов',
  'net sales before': 'продажи ранее',
  'cardless sales': 'продажи без карты',
  buyers: 'покупатели',
  frequency: 'частота покупок',
  'average check': 'средний чек',
  receipts: 'чеки',
  'items per check': 'товаров в чеке',
  'spend per buyer': 'продажи на покупателя',
  'in the programme': 'в программе',
  'left out: channel': 'не учтён: канал',
  'left out: store': 'не учтён: магазин',
  'it again': 'снова эту подкатегорию',
  'its category': 'другое из её категории',
  anything: 'что-либо ещё',
  nothing: 'ничего',
  champions: 'чемпионы',
  loyal: 'лояльные',
  potential: 'потенциально лояльные',
  promising: 'перспективные',
  'need attention': 'требуют внимания',
  'about to sleep': 'засыпающие',
  'at risk': 'в зоне риска',
  "can't lose": 'нельзя потерять',
  hibernating: 'в спячке',
  lost: 'потерянные',
  'no purchase': 'без покупок',
  'not yet member': 'ещё не участник',
  'no card': 'без карты',
  'no tier': 'без уровня'
};

const CHOICES_RU: Record<string, string> = {
  before: 'предыдущий период',
  last_year: 'прошлый год',
  margin: 'валовая прибыль',
  sales: 'продажи',
  month: 'месяц',
  quarter: 'квартал',
  year: 'год',
  category: 'категория',
  subcategory: 'подкатегория',
  channel: 'канал',
  earlier: 'ранней даты',
  anew: 'заново на каждую дату',
  store: 'магазин',
  city: 'город',
  region: 'регион',
  format: 'формат'
};

const CHOICES_EN: Record<string, string> = { before: 'the period before', earlier: 'of the earlier day', anew: 'anew for each day' };

export const TOTAL = 'total';
export const SUMS = new Set([TOTAL, 'left it']);

export function report_word(text: string, lang: Lang): string {
  if (lang === 'en') return text;
  const over = /^over (\d+)$/.exec(text);
  return over ? `более ${over[1]}` : (RU[text] ?? text);
}

export const choice_word = (choice: string, lang: Lang): string =>
  (lang === 'ru' ? CHOICES_RU[choice] : CHOICES_EN[choice]) ?? choice.replaceAll('_', ' ');
