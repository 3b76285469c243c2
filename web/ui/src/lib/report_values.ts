/*
 * A parameter's value as the address and the API have it ("2025-12-31", "0.8"), and as a reader writes it
 * (31.12.2025; 0,8). What is not a value of the parameter's type is written as it stands.
 */
import { day_valid } from './days';
import { date_numeric, date_parse, month_numeric, month_parse } from './format';
import { NO_VALUE } from './plan';
import { number_valid, type Parameter, type Value } from './reports';
import type { Naming } from './report_cells';
import { choice_word } from './report_words';
import { words, type Lang } from './words';

/** Of a list that many are named. */
const NAMED_MAX = 20;

export function value_written({ type, level = '' }: Pick<Parameter, 'type' | 'level'>, value: Value | undefined, lang: Lang, naming: Naming = (member) => member): string {
  if (type === 'members') return members_written(value === undefined ? [] : [value].flat(), lang, (member) => String(naming(member, level)));
  if (type === 'segment' && !value) return words[lang].customers_all.toLowerCase();
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.join(', ');
  if (type === 'date') return day_valid(value) ? date_numeric(value, lang) : value;
  if (type === 'month') return month_parse(value) === value ? month_numeric(value, lang) : value;
  if (type === 'number') return number_valid(value) ? value.replace('.', lang === 'ru' ? ',' : '.').replace('-', '−') : value;
  return type === 'choice' ? choice_word(value, lang) : value;
}

function members_written(members: string[], lang: Lang, named: (member: string) => string): string {
  if (!members.length) return words[lang].all.toLowerCase();
  const rest = members.length - NAMED_MAX;
  return members.slice(0, NAMED_MAX).map((one) => (one === NO_VALUE ? words[lang].no_value : named(one))).join(', ') + (rest > 0 ? ` (+${rest})` : '');
}

/** Null: not understood. */
export function value_read({ type }: Pick<Parameter, 'type'>, typed: string): string | null {
  const text = typed.trim();
  if (type === 'date') {
    const day = date_parse(text);
    return day && day_valid(day) ? day : null;
  }
  if (type === 'month') return month_parse(text);
  if (type === 'number') {
    const plain = text.replace(/[\s\u00a0]/g, '').replace('−', '-').replace(',', '.');
    return number_valid(plain) ? plain : null;
  }
  return text;
}
