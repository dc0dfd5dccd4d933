import { releaseAll, takeAll } from '../../store'

export async function PUT() {
  await takeAll()
  return new Response('taken')
}

export async function DELETE() {
  releaseAll()
  return new Response('released')
}
