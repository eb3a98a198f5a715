export default defineEventHandler(() => '<p>Rendered by the build</p>')
