import { cookies } from 'next/headers'

export default async function Dynamic({ searchParams }) {
  const session = (await cookies()).get('session')?.value ?? 'nobody'
  return <p>{`session=${session} q=${(await searchParams).q ?? 'none'} rendered=${crypto.randomUUID()}`}</p>
}
