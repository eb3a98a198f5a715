export default function NotFound() {
  return <p>Own 404 page</p>
}
