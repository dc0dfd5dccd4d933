import type { Locale } from './data'

const en = {
  name: 'English',
  shared: 'Three shops, one cart: what you choose here is with you at Northbound, Kaffa and Tonware.',
  shops: 'Shops',
  items: (count: number) => (count === 1 ? '1 item' : `${count} items`),
  cart: 'Cart',
  account: 'Account',
  guest: 'guest',
  add: 'Add to cart',
  signIn: 'Sign in as',
  signOut: 'Sign out',
  language: 'Language',
  empty: 'Your cart is empty. Put something in, here or on one of the other domains.',
  toShop: 'To the shop',
  total: 'Total',
  remove: 'Remove',
  less: 'One less',
  more: 'One more',
  note: 'Gift note',
  noteHint: 'Stays as you type it while the page brings in a new session.',
  signedIn: 'You are signed in, on all three domains.',
  signedOut: 'You are a guest. Your cart stays when you sign in.',
  failed: 'That did not work; nothing was changed. Please try again.',
  down: 'The store does not answer. You see the shop as a guest.',
}

export type Texts = typeof en

const de: Texts = {
  name: 'Deutsch',
  shared: 'Drei Läden, ein Warenkorb: Was Sie hier wählen, ist bei Northbound, Kaffa und Tonware schon da.',
  shops: 'Läden',
  items: (count) => `${count} Artikel`,
  cart: 'Warenkorb',
  account: 'Konto',
  guest: 'Gast',
  add: 'In den Warenkorb',
  signIn: 'Anmelden als',
  signOut: 'Abmelden',
  language: 'Sprache',
  empty: 'Ihr Warenkorb ist leer. Legen Sie etwas hinein, hier oder auf einer der anderen Domains.',
  toShop: 'Zum Laden',
  total: 'Summe',
  remove: 'Entfernen',
  less: 'Eins weniger',
  more: 'Eins mehr',
  note: 'Grußkarte',
  noteHint: 'Bleibt stehen, während die Seite eine neue Sitzung holt.',
  signedIn: 'Sie sind angemeldet, auf allen drei Domains.',
  signedOut: 'Sie sind Gast. Der Warenkorb bleibt, wenn Sie sich anmelden.',
  failed: 'Das hat nicht geklappt; nichts wurde geändert. Bitte noch einmal versuchen.',
  down: 'Der Speicher antwortet nicht. Sie sehen den Laden als Gast.',
}

const fr: Texts = {
  name: 'Français',
  shared: 'Trois boutiques, un panier : ce que vous choisissez ici vous suit chez Northbound, Kaffa et Tonware.',
  shops: 'Boutiques',
  items: (count) => (count < 2 ? `${count} article` : `${count} articles`),
  cart: 'Panier',
  account: 'Compte',
  guest: 'invité',
  add: 'Ajouter au panier',
  signIn: 'Se connecter :',
  signOut: 'Se déconnecter',
  language: 'Langue',
  empty: 'Votre panier est vide. Ajoutez un article, ici ou sur l’un des autres domaines.',
  toShop: 'Vers la boutique',
  total: 'Total',
  remove: 'Retirer',
  less: 'Un de moins',
  more: 'Un de plus',
  note: 'Petit mot',
  noteHint: 'Reste en place pendant que la page reçoit une nouvelle session.',
  signedIn: 'Vous êtes connecté, sur les trois domaines.',
  signedOut: 'Vous êtes invité. Le panier reste quand vous vous connectez.',
  failed: 'Cela n’a pas marché ; rien n’a changé. Veuillez réessayer.',
  down: 'Le stockage ne répond pas. Vous voyez la boutique en invité.',
}

export const texts: Readonly<Record<Locale, Texts>> = { en, de, fr }

export function formatPrice(cents: number, locale: Locale): string {
  return new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' }).format(cents / 100)
}
