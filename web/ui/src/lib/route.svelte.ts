/*
 * Where the reader is: a page and what stands behind the "?", as the address bar has it. A page's path
 * is one segment ("sql"; the Overview is the empty one) below wherever the pages are mounted, so that
 * relative addresses of files and of the API hold on every page. All else of a place is parameters:
 * the page's own, and `lang`, which belongs to the frame and goes along everywhere.
 * Invariant: `route.page` and `route.params` are what the address bar says.
 */
import type { Lang } from './words';

type Watcher = () => void;

const segment = () => decodeURIComponent(location.pathname.slice(location.pathname.lastIndexOf('/') + 1));
const lang_of = (params: URLSearchParams): Lang | null => {
  const lang = params.get('lang');
  return lang === 'en' || lang === 'ru' ? lang : null;
};

class Route {
  page = $state(segment());
  params = $state.raw(new URLSearchParams(location.search));
  lang = $derived(lang_of(this.params));
  #watchers: Watcher[] = [];

  constructor() {
    window.addEventListener('popstate', () => this.#read());
  }

  /** Called after each change of the place, before anything is drawn. */
  watch(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  /** The address of a page with parameters of its own. */
  address(page: string, own = new URLSearchParams(), lang = this.lang): string {
    const params = new URLSearchParams(own);
    params.delete('lang');
    if (lang) params.append('lang', lang);
    const search = params.toString();
    // "./" is the folder that holds all pages, whichever of them is open.
    return './' + encodeURIComponent(page) + (search ? '?' + search : '');
  }

  /** Goes there: a new step back, or with `replace` a refinement of the last one. */
  go(page: string, own?: URLSearchParams, replace = false, lang = this.lang): void {
    const address = new URL(this.address(page, own, lang), location.href);
    if (address.href === location.href) return;
    if (replace) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
    this.#read();
  }

  lang_set(lang: Lang): void {
    this.go(this.page, this.params, false, lang);
  }

  #read(): void {
    this.page = segment();
    this.params = new URLSearchParams(location.search);
    for (const watcher of this.#watchers) watcher();
  }
}

export const route = new Route();
