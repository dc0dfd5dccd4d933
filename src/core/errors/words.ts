/** What a person is shown if a navigation ends with an error: a sentence, and then a way on. */
export const words = {
  expired: ['This link has expired', 'It was made for one visit in one browser. Nothing is lost:'],
  wrong: ['This link does not work', 'It was not meant to be opened like this. Nothing is lost:'],
  later: ['Please try again', 'This could not be done just now. Nothing is lost:'],
  declined: [
    'No cookies without your consent',
    'You have not agreed to cookies here, so this link cannot bring your visit along. You can still',
  ],
} as const
