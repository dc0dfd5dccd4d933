/** One tab, as a person at the screen has it. Reading it leaves no trace: the page does not count as used. */
export interface Tab {
  /** Opens an address as from the address bar, and returns at once. */
  readonly open: (url: string) => Promise<void>
  /** Value of an expression in the page, as JSON. Throws while the page is about to be another one. */
  readonly read: (expression: string) => Promise<unknown>
  /** Clicks at a point of the window. */
  readonly click: (point: Point) => Promise<void>
  readonly type: (text: string) => Promise<void>
  readonly back: () => Promise<void>
  readonly forward: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Point {
  readonly x: number
  readonly y: number
}

/** The browser of one visitor, who has never been anywhere before. */
export interface Visitor {
  /** Opens another tab that can be seen beside those that are open: in a window of its own, if it has to be. */
  readonly newTab: () => Promise<Tab>
  /** Forgets everything, and closes what is open. */
  readonly leave: () => Promise<void>
}

/** One browser with the settings of a cell of the matrix. */
export interface Engine {
  readonly welcome: () => Promise<Visitor>
  /** The visitor whose cookies and storage stay in the profile when the browser is closed. */
  readonly resident: () => Promise<Visitor>
  readonly close: () => Promise<void>
}

/** Starts a browser on a folder of its own. What it keeps between two starts is there at the next one. */
export type Launch = (profile: string, options: { readonly cookies: boolean }) => Promise<Engine>
