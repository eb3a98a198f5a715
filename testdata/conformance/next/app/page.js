export default function Home() {
  return <p>Static home</p>
}
