/*
 * Saved views: names for places of the pages, kept by the server. A place is a page and what stands behind
 * the "?" of its address, without the language, which is the reader's.
 */
import { fetch_json } from './api';
import { search_plain } from './words';

export interface SavedView { id: string; name: string; page: string; query: string; created_at: string; updated_at: string }
export interface SavedViews { views: SavedView[]; kept: boolean }
export interface Place { page: string; params: URLSearchParams }

/** The Overview's path is empty; a view names its page all the same. */
const OVERVIEW = 'overview';

export function view_of(place: Place, name: string): Pick<SavedView, 'name' | 'page' | 'query'> {
  const params = new URLSearchParams(place.params);
  params.delete('lang');
  return { name, page: place.page || OVERVIEW, query: params.toString() };
}

export function place_of({ page, query }: Pick<SavedView, 'page' | 'query'>): Place {
  return { page: page === OVERVIEW ? '' : page, params: new URLSearchParams(query) };
}

/** The newest first; those whose name has every word, of pages that there are (`page`: a path). */
export function views_find(views: SavedView[], search: string, known: (page: string) => boolean): SavedView[] {
  const words = search_plain(search).split(/\s+/).filter(Boolean);
  return views
    .filter((view) => known(place_of(view).page) && words.every((word) => search_plain(view.name).includes(word)))
    .sort((a, b) => (a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : a.name.localeCompare(b.name)));
}

function ask<T>(path: string, method: string, body?: unknown): Promise<T> {
  return fetch_json<T>(path, { method, ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }) });
}
export const views_fetch = () => ask<SavedViews>('views', 'GET');
export const view_create = (view: Pick<SavedView, 'name' | 'page' | 'query'>) => ask<SavedView>('views', 'POST', view);
export const view_rename = ({ id, page, query }: SavedView, name: string) => ask<SavedView>(`views/${encodeURIComponent(id)}`, 'PUT', { name, page, query });
export const view_remove = (id: string) => ask<{ removed: true }>(`views/${encodeURIComponent(id)}`, 'DELETE');
