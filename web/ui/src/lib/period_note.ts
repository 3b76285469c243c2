/*
 * What the server says of a period and of the one it is compared with: English sentences one after the
 * other (query/front/cube_period), or a text in both languages. Each sentence that is known is said in
 * the reader's language, with dates as that language writes them; one that is not known stays as it is.
 */
import type { Title } from './api';
import { date_text } from './format';
import { plural, title_text, type Lang } from './words';

const DAY = /\d{4}-\d\d-\d\d/g;
const days = (count: string) => `${count} ${plural('ru', 'day', Number(count))}`;

/** A sentence as the server forms it; its parts are handed on as they stand. */
const SENTENCES: readonly [RegExp, (parts: string[]) => string][] = [
  [/^There are no days with data\.$/, () => 'Нет дней с данными.'],
  [/^The period begins after the last day with data \((\S+)\)\.$/, ([last]) => `Период начинается после последнего дня с данными (${last}).`],
  [/^The period ends before the first day with data \((\S+)\)\.$/, ([first]) => `Период заканчивается до первого дня с данными (${first}).`],
  [
    /^The period is unfinished: its first (\d+) of (\d+) days \(to (\S+)\) are compared with (\S+) to (\S+)\.$/,
    ([count, all, to, from, until]) => `Период не закончен: сравниваются первые дни, ${count} из ${all} (по ${to}), с днями ${from}–${until}.`
  ],
  [
    /^The compared period is longer: its last (\d+) days? have no counterpart among the rows; totals include them\.$/,
    ([count]) => `Период сравнения длиннее: последним дням (${count}) нет пары среди строк; в итогах они учтены.`
  ],
  [/^The compared period ends before the first day with data \((\S+)\)\.$/, ([first]) => `Период сравнения заканчивается до первого дня с данными (${first}).`],
  [
    /^The compared period begins before the first day with data \((\S+)\): it has (\d+) of (\d+) days\.$/,
    ([first, count, all]) => `Период сравнения начинается до первого дня с данными (${first}): дней с данными ${count} из ${all}.`
  ],
  [/^The compared period begins after the last day with data \((\S+)\)\.$/, ([last]) => `Период сравнения начинается после последнего дня с данными (${last}).`],
  [
    /^The compared period ends after the last day with data \((\S+)\): it has (\d+) of (\d+) days\.$/,
    ([last, count, all]) => `Период сравнения заканчивается после последнего дня с данными (${last}): дней с данными ${count} из ${all}.`
  ],
  [/^The two periods overlap\.$/, () => 'Периоды пересекаются.'],
  [/^The period has (\d+) days?, the compared one (\d+)\.$/, ([own, other]) => `В периоде ${days(own)}, в периоде сравнения ${other}.`]
];

function sentence_said(sentence: string): string {
  for (const [form, say] of SENTENCES) {
    const found = form.exec(sentence);
    if (found) return say(found.slice(1));
  }
  return sentence;
}

/** The sentences of all the notes, each once. */
export function notes_said(notes: (Title | null | undefined)[], lang: Lang): string[] {
  const sentences = notes.flatMap((note) => {
    const text = title_text(note, lang);
    return typeof note === 'string' ? text.split(/(?<=\.) (?=[A-Z])/) : text ? [text] : [];
  });
  return [...new Set(sentences)].map((sentence) => (lang === 'ru' ? sentence_said(sentence) : sentence).replace(DAY, (day) => date_text(day, lang)));
}
