/* The three reports of a list of campaigns, or of one, asked side by side; each has its own error. */
import type { Model } from './api';
import { CAMPAIGN_REPORTS, campaigns_join, english_names } from './campaigns';
import { catalogue, ReportRun } from './reports.svelte';
import type { Values } from './reports';

export class CampaignRuns {
  #english = $state.raw(new Map<string, string>());
  #named = $state(false);
  #asking = new AbortController();
  readonly runs = CAMPAIGN_REPORTS.map(() => new ReportRun());
  reports = $derived(CAMPAIGN_REPORTS.map((id) => catalogue.reports?.find((report) => report.id === id)));
  /** Not one of the reports is there: this model has no campaigns. */
  lacking = $derived(catalogue.reports !== null && !this.reports.some((report) => report?.available));
  reason = $derived(this.reports.find((report) => report?.reason)?.reason ?? null);
  loading = $derived(!this.#named || this.runs.some((run) => run.loading));
  error = $derived(catalogue.error ?? this.runs.find((run) => run.error)?.error ?? null);
  answered = $derived(this.runs.some((run) => run.answer));
  #currency: string | null;
  found = $derived.by(() => campaigns_join(this.reports, this.runs.map((run) => run.answer), this.#currency, this.#english));

  constructor(model: Model) {
    this.#currency = model.currency ?? null;
    // Without them the data's own names stand there.
    english_names(this.#asking.signal).then((names) => (this.#english = names), () => {}).finally(() => (this.#named = true));
  }

  ask(values: Values): void {
    this.reports.forEach((report, i) => {
      if (report?.available) this.runs[i].ask(report, values);
    });
  }
  stop(): void {
    this.#asking.abort();
    for (const run of this.runs) run.stop();
  }
}
