/*
 * The catalogue, asked once a version of the data, and the one report that is open: what was asked, what
 * came, what went wrong. A newer question withdraws the older; while its answer is on its way the old
 * one stays readable where it is of the same report.
 * Invariant: an answer is shown only for the question it answers. When the server cannot be reached, an
 * answer to the very same question stays; one to another does not.
 */
import { untrack } from 'svelte';
import { ApiError } from './api';
import { report_fetch, reports_fetch, type Report, type Values } from './reports';
import type { SqlAnswer } from './sql_answer';

const api_error = (cause: unknown) => (cause instanceof ApiError ? cause : new ApiError('page', String(cause)));

class Catalogue {
  reports = $state.raw<Report[] | null>(null);
  error = $state.raw<ApiError | null>(null);
  #turn = 0;

  async load(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const { reports } = await reports_fetch();
      if (turn !== this.#turn) return;
      this.reports = reports;
      this.error = null;
    } catch (cause) {
      if (turn === this.#turn) this.error = api_error(cause);
    }
  }
}

export const catalogue = new Catalogue();

export class ReportRun {
  answer = $state.raw<SqlAnswer | null>(null);
  error = $state.raw<ApiError | null>(null);
  loading = $state(false);
  #report = '';
  #answered = '';
  #abort: AbortController | null = null;

  ask(report: Report, values: Values): void {
    untrack(() => this.#ask(report, values));
  }

  /** Nothing to ask: what is missing is not the server's to say. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = null;
    untrack(() => {
      this.loading = false;
      this.answer = null;
      this.error = null;
    });
  }

  async #ask(report: Report, values: Values): Promise<void> {
    const text = JSON.stringify([report.id, values]);
    this.#abort?.abort();
    const mine = (this.#abort = new AbortController());
    if (this.#report !== report.id) this.answer = null;
    this.#report = report.id;
    this.loading = true;
    try {
      const answer = await report_fetch(report, values, mine.signal);
      if (this.#abort !== mine) return;
      this.answer = answer;
      this.#answered = text;
      this.error = null;
    } catch (cause) {
      if (this.#abort !== mine) return;
      const error = api_error(cause);
      const kept = error.code === 'network' && this.answer !== null && this.#answered === text;
      if (!kept) this.answer = null;
      this.error = kept ? null : error;
    }
    this.loading = false;
  }
}
