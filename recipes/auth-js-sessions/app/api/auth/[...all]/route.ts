import type { NextRequest } from 'next/server'
import { handlers } from '../../../../auth'
import { onItsDomain } from '../../../../crossDomain'

export const GET = async (request: NextRequest) => handlers.GET(await onItsDomain(request))
export const POST = async (request: NextRequest) => handlers.POST(await onItsDomain(request))
