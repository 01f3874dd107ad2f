"""Model providers: connections, the merged model list, and every call that goes to a provider.

From below: `errors` · `connections` · `headers` · `client` (the one way out) · `lists` (what the
providers offer) · `entries` and `catalog` (the merged list) · `params`, `prompts`, `payload`,
`ollama`, `responses`, `anthropic` (formats) · `completions` (one chat completion, of any kind).
"""
