/*
 * A parameter's value as the address and the API have it ("2025-12-31", "0.8"), and as a reader writes it
 * (31.12.2025; 0,8). What is not a value of the parameter's type is written as it stands.
 */
import { day_valid } from './days';
import { date_numeric, date_parse, month_numeric, month_parse } from './format';
import { number_valid, type Parameter } from './reports';
import { choice_word } from './report_words';
import type { Lang } from './words';

export function value_written({ type }: Pick<Parameter, 'type'>, value: string | undefined, lang: Lang): string {
  if (value === undefined) return '';
  if (type === 'date') return day_valid(value) ? date_numeric(value, lang) : value;
  if (type === 'month') return month_parse(value) === value ? month_numeric(value, lang) : value;
  if (type === 'number') return number_valid(value) ? value.replace('.', lang === 'ru' ? ',' : '.').replace('-', '−') : value;
  return type === 'choice' ? choice_word(value, lang) : value;
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
