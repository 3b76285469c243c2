/*
 * The desk where the page lays its questions. Each question has a place (a key); laying another
 * question in the same place withdraws the first. While the new answer is on its way the old one
 * stays readable, marked as loading, so that the page never jumps.
 * Invariant: an answer is shown only in the place, and only for the question, it was asked for; a
 * late answer to a withdrawn question is dropped even if the network delivers it. When the server
 * cannot be reached, an answer to the very same question stays; one to another question does not.
 */
import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { ApiError, query_fetch, type Answer, type Query } from './api';

const CACHE_MAX = 300;

/** What can be seen at a place; replaced, never changed. */
export interface Slot {
  readonly answer: Answer | null;
  readonly error: ApiError | null;
  readonly loading: boolean;
  readonly retry: () => void;
}

const EMPTY: Slot = { answer: null, error: null, loading: false, retry: () => {} };

/** The question that now lies at a place; its identity is its turn, so only the last one may answer. */
interface Asked { text: string; abort: AbortController }

export class Desk {
  #slots = new SvelteMap<string, Slot>();
  #asked = new Map<string, Asked>();
  #cache = new Map<string, Answer>();
  /** The question that the answer seen at a place answers. */
  #answered = new Map<string, string>();

  slot(key: string): Slot {
    return this.#slots.get(key) ?? EMPTY;
  }

  /** Whether any answer is still on its way. */
  get busy(): boolean {
    for (const slot of this.#slots.values()) if (slot.loading) return true;
    return false;
  }

  /** Lays out all of the page's questions; places that have none any more are cleared. */
  want(questions: Record<string, Query>): void {
    untrack(() => this.#want(questions));
  }

  #want(questions: Record<string, Query>): void {
    for (const [key, query] of Object.entries(questions)) {
      const text = JSON.stringify(query);
      if (this.#asked.get(key)?.text !== text) this.#ask(key, text);
    }
    for (const [key, asked] of this.#asked) {
      if (key in questions) continue;
      asked.abort.abort();
      this.#asked.delete(key);
      this.#answered.delete(key);
      this.#slots.delete(key);
    }
  }

  /** New data: what was answered before is no longer true. */
  forget(): void {
    this.#cache.clear();
    for (const [key, asked] of this.#asked) this.#ask(key, asked.text);
  }

  #ask(key: string, text: string): void {
    this.#asked.get(key)?.abort.abort();
    const asked: Asked = { text, abort: new AbortController() };
    this.#asked.set(key, asked);
    const retry = () => this.#ask(key, text);
    const known = this.#cache.get(text);
    if (known) {
      this.#answered.set(key, text);
      this.#slots.set(key, { answer: known, error: null, loading: false, retry });
      return;
    }
    const stale = this.slot(key).answer;
    this.#slots.set(key, { answer: stale, error: null, loading: true, retry });
    const current = () => this.#asked.get(key) === asked;
    query_fetch(JSON.parse(text), asked.abort.signal).then(
      (answer) => {
        if (!current()) return;
        this.#remember(text, answer);
        this.#answered.set(key, text);
        this.#slots.set(key, { answer, error: null, loading: false, retry });
      },
      (cause) => {
        if (!current()) return;
        const error = cause instanceof ApiError ? cause : new ApiError('page', String(cause));
        const kept = error.code === 'network' && this.#answered.get(key) === text ? this.slot(key).answer : null;
        this.#slots.set(key, { answer: kept, error: kept ? null : error, loading: false, retry });
      }
    );
  }

  #remember(text: string, answer: Answer): void {
    if (this.#cache.size >= CACHE_MAX) this.#cache.delete(this.#cache.keys().next().value!);
    this.#cache.set(text, answer);
  }
}
