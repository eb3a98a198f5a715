import { redirect } from 'next/navigation'

export default function Redirected() {
  redirect('/target')
}
