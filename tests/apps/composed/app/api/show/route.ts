import { shown } from '../../../session'

export async function GET() {
  return Response.json(await shown())
}
