/*
 * Whether the server can be reached. A request that found nobody there is a suspicion; the link then
 * asks for the server's health itself, and only when that fails too is the server gone. From then on
 * it asks again, every second first and every ten in the end, and tells who waits for its return.
 */
import { ApiError, health_fetch, unreachable_watch, type Health } from './api';

const AGAIN_MS_MIN = 1000;
const AGAIN_MS_MAX = 10_000;

class Link {
  /** Since when nobody has answered; null: all is well. */
  gone_since = $state.raw<Date | null>(null);
  asking = $state(false);
  #again_ms = AGAIN_MS_MIN;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onreturn: ((health: Health) => void)[] = [];

  constructor() {
    unreachable_watch(() => this.gone_since || this.ask());
    window.addEventListener('online', () => this.gone_since && this.ask());
    document.addEventListener('visibilitychange', () => !document.hidden && this.gone_since && this.ask());
  }

  onreturn(tell: (health: Health) => void): void {
    this.#onreturn.push(tell);
  }

  /** Is anybody there? Null: no, or not able to say. */
  async ask(): Promise<Health | null> {
    if (this.asking) return null;
    this.asking = true;
    clearTimeout(this.#timer);
    try {
      const health = await health_fetch();
      const returned = this.gone_since !== null;
      this.gone_since = null;
      this.#again_ms = AGAIN_MS_MIN;
      if (returned) for (const tell of this.#onreturn) tell(health);
      return health;
    } catch (cause) {
      // A server that answers with an error is there.
      if (!(cause instanceof ApiError) || cause.code === 'network') this.#lost();
      return null;
    } finally {
      this.asking = false;
    }
  }

  #lost(): void {
    this.gone_since ??= new Date();
    this.#timer = setTimeout(() => this.ask(), this.#again_ms);
    this.#again_ms = Math.min(2 * this.#again_ms, AGAIN_MS_MAX);
  }
}

export const link = new Link();
