/*
 * The rooms of the house, in the order of the navigation. A page is one entry: its path (one segment),
 * its word, its pictogram, whether the filter bar's choices belong to it, and where its code is; the
 * code is fetched when the page is first opened, so none pays for another's libraries.
 */
import type { Component } from 'svelte';
import type { Model } from './api';
import type { Word } from './words';

export type PageView = Component<{ model: Model }>;

export interface Page {
  readonly path: string;
  readonly word: Word;
  readonly icon: 'chart' | 'code' | 'data' | 'info' | 'people' | 'pivot' | 'table' | 'test';
  /** The period, the comparison and the filters of the bar (lib/view) stand in its address. */
  readonly choices: boolean;
  readonly load: () => Promise<{ default: PageView }>;
}

export const PAGES: readonly Page[] = [
  { path: '', word: 'overview', icon: 'chart', choices: true, load: () => import('../Overview.svelte') },
  { path: 'reports', word: 'reports', icon: 'table', choices: false, load: () => import('../Reports.svelte') },
  { path: 'explore', word: 'explore', icon: 'pivot', choices: true, load: () => import('../Explore.svelte') },
  { path: 'segments', word: 'segments', icon: 'people', choices: false, load: () => import('../Segments.svelte') },
  { path: 'tests', word: 'campaigns_tests', icon: 'test', choices: false, load: () => import('../Experiments.svelte') },
  { path: 'cubes', word: 'cubes', icon: 'data', choices: false, load: () => import('../Cubes.svelte') },
  { path: 'sql', word: 'sql', icon: 'code', choices: false, load: () => import('../Sql.svelte') },
  { path: 'data', word: 'data', icon: 'info', choices: false, load: () => import('../Data.svelte') }
];

export const page_find = (path: string): Page | undefined => PAGES.find((page) => page.path === path);
