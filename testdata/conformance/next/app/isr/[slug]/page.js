import { draftMode } from 'next/headers'
import { notFound } from 'next/navigation'

export const revalidate = 3

export const generateStaticParams = () => [{ slug: 'one' }]

export default async function Page({ params }) {
  const { slug } = await params
  const { isEnabled } = await draftMode()
  if (slug === 'missing') notFound()
  return <p>{`slug=${slug} draft=${isEnabled} rendered=${crypto.randomUUID()}`}</p>
}
