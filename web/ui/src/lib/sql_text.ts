/*
 * SQL as text: where statements begin and end, which one the cursor is in, what the server's byte
 * positions mean here. Quotes ('..', E'..', "..", $tag$..$tag$) and comments (--, nested slash-star)
 * hide a ";" from it, as they do from the server.
 */

export interface Statement { from: number; to: number; text: string }

/** Past the quoted text, name or comment that begins at `at`; `at` itself where none does. */
function hidden_end(text: string, at: number): number {
  const end = (found: number, size: number) => (found < 0 ? text.length : found + size);
  const char = text[at];
  if (char === '-' && text[at + 1] === '-') return end(text.indexOf('\n', at), 1);
  if (char === '/' && text[at + 1] === '*') return comment_end(text, at);
  if (char === '"') return end(text.indexOf('"', at + 1), 1);
  if (char === "'") {
    const escapes = /(^|[^\w$])e$/i.test(text.slice(Math.max(0, at - 2), at));
    let to = at + 1;
    while (to < text.length && text[to] !== "'") to += escapes && text[to] === '\\' ? 2 : 1;
    return Math.min(to + 1, text.length);
  }
  if (char === '$' && !/[\w$]/.test(text[at - 1] ?? '')) {
    const tag = /^\$([A-Za-z_]\w*)?\$/.exec(text.slice(at, at + 66))?.[0];
    if (tag) return end(text.indexOf(tag, at + tag.length), tag.length);
  }
  return at;
}

function comment_end(text: string, at: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = at;
  let depth = 0;
  for (let mark = marks.exec(text); mark; mark = marks.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (!depth) return marks.lastIndex;
  }
  return text.length;
}

/** The statements in turn, without their ";" and the blanks around them; empty ones are left out. */
export function statements_split(text: string): Statement[] {
  const list: Statement[] = [];
  const add = (from: number, to: number) => {
    const inner = text.slice(from, to);
    const lead = inner.length - inner.trimStart().length;
    const trimmed = inner.trim();
    if (trimmed) list.push({ from: from + lead, to: from + lead + trimmed.length, text: trimmed });
  };
  let from = 0;
  let at = 0;
  while (at < text.length) {
    const past = hidden_end(text, at);
    if (past > at) at = past;
    else if (text[at++] === ';') {
      add(from, at - 1);
      from = at;
    }
  }
  add(from, text.length);
  return list;
}

/** The text with quoted texts and comments blanked out, at the same length: for looking names up. */
export function sql_bare(text: string): string {
  let bare = '';
  let at = 0;
  while (at < text.length) {
    const past = text[at] === '"' ? at : hidden_end(text, at);
    bare += past > at ? ' '.repeat(past - at) : text[at];
    at = past > at ? past : at + 1;
  }
  return bare;
}

/** The statement that the cursor is in or after; before the first one, the first. */
export function statement_at(text: string, cursor: number): Statement | null {
  const list = statements_split(text);
  return list.findLast((one) => one.from <= cursor) ?? list[0] ?? null;
}

/** Where the byte of the text in UTF-8 stands among its UTF-16 units. */
export function index_of_byte(text: string, byte: number): number {
  let index = 0;
  for (let bytes = 0; index < text.length && bytes < byte; ) {
    const code = text.codePointAt(index)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    index += code < 0x10000 ? 1 : 2;
  }
  return index;
}

/** A name as SQL reads it back: bare where it can be, else in quotes. */
export const name_quote = (name: string) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
