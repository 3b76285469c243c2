/*
 * Every word of the interface that the model does not bring, in English and Russian (TERMS): words_en.ts and words_ru.ts.
 * Invariant: both languages have the same keys (the type of RU is derived from EN), and a text
 * with a number in it goes through plural(), so "1 чек, 2 чека, 5 чеков" comes out right.
 */
import type { Title } from './api';
import { EN } from './words_en';
import { RU } from './words_ru';

export type Lang = 'en' | 'ru';

export type Word = keyof typeof EN;

export const words = { en: EN, ru: RU } as const;

const FORMS = {
  shop: { en: { one: 'shop', other: 'shops' }, ru: { one: 'магазин', few: 'магазина', many: 'магазинов', other: 'магазина' } },
  item: { en: { one: 'item', other: 'items' }, ru: { one: 'элемент', few: 'элемента', many: 'элементов', other: 'элемента' } },
  row: { en: { one: 'row', other: 'rows' }, ru: { one: 'строка', few: 'строки', many: 'строк', other: 'строки' } },
  day: { en: { one: 'day', other: 'days' }, ru: { one: 'день', few: 'дня', many: 'дней', other: 'дня' } },
  report: { en: { one: 'report', other: 'reports' }, ru: { one: 'отчёт', few: 'отчёта', many: 'отчётов', other: 'отчёта' } },
  campaign: { en: { one: 'campaign', other: 'campaigns' }, ru: { one: 'кампания', few: 'кампании', many: 'кампаний', other: 'кампании' } },
  part: { en: { one: 'part', other: 'parts' }, ru: { one: 'блок', few: 'блока', many: 'блоков', other: 'блока' } }
} as const;

export type Counted = keyof typeof FORMS;

const rules = { en: new Intl.PluralRules('en'), ru: new Intl.PluralRules('ru') };

/** The form of a noun that goes with `count`: "чек, чека, чеков". The number itself is not in it. */
export function plural(lang: Lang, noun: Counted, count: number): string {
  const forms = FORMS[noun][lang] as Record<string, string>;
  return forms[rules[lang].select(count)] ?? forms.other;
}

/** A text as searches compare it. */
export const search_plain = (text: string) => text.toLowerCase().replaceAll('ё', 'е');

/** A title of the model in the reader's language; else in the other one; else its bare name. */
export function title_text(title: Title | undefined | null, lang: Lang, fallback = ''): string {
  if (!title) return fallback;
  if (typeof title === 'string') return title || fallback;
  return title[lang] ?? title.en ?? title.ru ?? fallback;
}
