"""Persistent configuration: documents, retrieval and web search. Facts: contract config.tsv, data.md section 5."""

from utils.settings.setting import number, paired_key, setting, split

CONTENT_EXTRACTION_ENGINE = setting("rag.content_extraction_engine", "", "CONTENT_EXTRACTION_ENGINE")
CONTENT_EXTRACTION_SUPPORTED_MEDIA_MIME_TYPES = setting(
    "rag.content_extraction.supported_media_mime_types",
    None,
    "CONTENT_EXTRACTION_SUPPORTED_MEDIA_MIME_TYPES",
    parse=split(","),
)
DATALAB_MARKER_API_KEY = setting("rag.datalab_marker_api_key", "", "DATALAB_MARKER_API_KEY")
DATALAB_MARKER_API_BASE_URL = setting("rag.datalab_marker_api_base_url", "", "DATALAB_MARKER_API_BASE_URL")
DATALAB_MARKER_ADDITIONAL_CONFIG = setting(
    "rag.datalab_marker_additional_config", "", "DATALAB_MARKER_ADDITIONAL_CONFIG"
)
DATALAB_MARKER_USE_LLM = setting("rag.datalab_marker_use_llm", False, "DATALAB_MARKER_USE_LLM")
DATALAB_MARKER_SKIP_CACHE = setting("rag.datalab_marker_skip_cache", False, "DATALAB_MARKER_SKIP_CACHE")
DATALAB_MARKER_FORCE_OCR = setting("rag.datalab_marker_force_ocr", False, "DATALAB_MARKER_FORCE_OCR")
DATALAB_MARKER_PAGINATE = setting("rag.datalab_marker_paginate", False, "DATALAB_MARKER_PAGINATE")
DATALAB_MARKER_STRIP_EXISTING_OCR = setting(
    "rag.datalab_marker_strip_existing_ocr", False, "DATALAB_MARKER_STRIP_EXISTING_OCR"
)
DATALAB_MARKER_DISABLE_IMAGE_EXTRACTION = setting(
    "rag.datalab_marker_disable_image_extraction", False, "DATALAB_MARKER_DISABLE_IMAGE_EXTRACTION"
)
DATALAB_MARKER_FORMAT_LINES = setting("rag.datalab_marker_format_lines", False, "DATALAB_MARKER_FORMAT_LINES")
DATALAB_MARKER_OUTPUT_FORMAT = setting("rag.datalab_marker_output_format", "markdown", "DATALAB_MARKER_OUTPUT_FORMAT")
MINERU_API_MODE = setting("rag.mineru_api_mode", "local", "MINERU_API_MODE")
MINERU_API_URL = setting("rag.mineru_api_url", "http://localhost:8000", "MINERU_API_URL")
MINERU_API_TIMEOUT = setting("rag.mineru_api_timeout", "300", "MINERU_API_TIMEOUT")
MINERU_API_KEY = setting("rag.mineru_api_key", "", "MINERU_API_KEY")
MINERU_PARAMS = setting("rag.mineru_params", {}, "MINERU_PARAMS")
MINERU_FILE_EXTENSIONS = setting("rag.mineru_file_extensions", ["pdf"], "MINERU_FILE_EXTENSIONS", parse=split(","))
EXTERNAL_DOCUMENT_LOADER_URL = setting("rag.external_document_loader_url", "", "EXTERNAL_DOCUMENT_LOADER_URL")
EXTERNAL_DOCUMENT_LOADER_API_KEY = setting(
    "rag.external_document_loader_api_key", "", "EXTERNAL_DOCUMENT_LOADER_API_KEY"
)
EXTERNAL_DOCUMENT_LOADER_HEADERS = setting(
    "rag.external_document_loader_headers", {}, "EXTERNAL_DOCUMENT_LOADER_HEADERS"
)
TIKA_SERVER_URL = setting("rag.tika_server_url", "http://tika:9998", "TIKA_SERVER_URL")
TIKA_SERVER_VERSION = setting("rag.tika_server_version", "3", "TIKA_SERVER_VERSION")
DOCLING_SERVER_URL = setting("rag.docling_server_url", "http://docling:5001", "DOCLING_SERVER_URL")
DOCLING_API_KEY = setting("rag.docling_api_key", "", "DOCLING_API_KEY")
DOCLING_PARAMS = setting("rag.docling_params", {}, "DOCLING_PARAMS")
DOCUMENT_INTELLIGENCE_ENDPOINT = setting("rag.document_intelligence_endpoint", "", "DOCUMENT_INTELLIGENCE_ENDPOINT")
DOCUMENT_INTELLIGENCE_KEY = setting("rag.document_intelligence_key", "", "DOCUMENT_INTELLIGENCE_KEY")
DOCUMENT_INTELLIGENCE_MODEL = setting(
    "rag.document_intelligence_model", "prebuilt-layout", "DOCUMENT_INTELLIGENCE_MODEL"
)
MISTRAL_OCR_API_BASE_URL = setting(
    "rag.mistral_ocr_api_base_url", "https://api.mistral.ai/v1", "MISTRAL_OCR_API_BASE_URL"
)
MISTRAL_OCR_API_KEY = setting("rag.mistral_ocr_api_key", "", "MISTRAL_OCR_API_KEY")
MISTRAL_OCR_USE_BASE64 = setting("rag.mistral_ocr_use_base64", False, "MISTRAL_OCR_USE_BASE64")
PADDLEOCR_VL_BASE_URL = setting("rag.paddleocr_vl_base_url", "http://localhost:8080", "PADDLEOCR_VL_BASE_URL")
PADDLEOCR_VL_TOKEN = setting("rag.paddleocr_vl_token", "", "PADDLEOCR_VL_TOKEN")
BYPASS_EMBEDDING_AND_RETRIEVAL = setting("rag.bypass_embedding_and_retrieval", False, "BYPASS_EMBEDDING_AND_RETRIEVAL")
RAG_TOP_K = setting("rag.top_k", 3, "RAG_TOP_K")
RAG_TOP_K_RERANKER = setting("rag.top_k_reranker", 3, "RAG_TOP_K_RERANKER")
RAG_RELEVANCE_THRESHOLD = setting("rag.relevance_threshold", 0.0, "RAG_RELEVANCE_THRESHOLD")
RAG_HYBRID_BM25_WEIGHT = setting("rag.hybrid_bm25_weight", 0.5, "RAG_HYBRID_BM25_WEIGHT")
ENABLE_RAG_HYBRID_SEARCH = setting("rag.enable_hybrid_search", False, "ENABLE_RAG_HYBRID_SEARCH")
ENABLE_RAG_HYBRID_SEARCH_ENRICHED_TEXTS = setting(
    "rag.enable_hybrid_search_enriched_texts", False, "ENABLE_RAG_HYBRID_SEARCH_ENRICHED_TEXTS"
)
RAG_FULL_CONTEXT = setting("rag.full_context", False, "RAG_FULL_CONTEXT")
RAG_FILE_MAX_COUNT = setting("rag.file.max_count", None, "RAG_FILE_MAX_COUNT", parse=number)
RAG_FILE_MAX_SIZE = setting("rag.file.max_size", None, "RAG_FILE_MAX_SIZE", parse=number)
FILE_IMAGE_COMPRESSION_WIDTH = setting(
    "file.image_compression_width", None, "FILE_IMAGE_COMPRESSION_WIDTH", parse=number
)
FILE_IMAGE_COMPRESSION_HEIGHT = setting(
    "file.image_compression_height", None, "FILE_IMAGE_COMPRESSION_HEIGHT", parse=number
)
RAG_ALLOWED_FILE_EXTENSIONS = setting(
    "rag.file.allowed_extensions", [], "RAG_ALLOWED_FILE_EXTENSIONS", parse=split(",")
)
RAG_EMBEDDING_ENGINE = setting("rag.embedding_engine", "", "RAG_EMBEDDING_ENGINE")
PDF_EXTRACT_IMAGES = setting("rag.pdf_extract_images", False, "PDF_EXTRACT_IMAGES")
PDF_LOADER_MODE = setting("rag.pdf_loader_mode", "page", "PDF_LOADER_MODE")
RAG_EMBEDDING_MODEL = setting("rag.embedding_model", "sentence-transformers/all-MiniLM-L6-v2", "RAG_EMBEDDING_MODEL")
RAG_TOKENIZER_MODEL = setting("rag.tokenizer_model", "", "RAG_TOKENIZER_MODEL")
RAG_EMBEDDING_BATCH_SIZE = setting(
    "rag.embedding_batch_size", 1, "RAG_EMBEDDING_BATCH_SIZE", "RAG_EMBEDDING_OPENAI_BATCH_SIZE"
)
ENABLE_ASYNC_EMBEDDING = setting("rag.enable_async_embedding", True, "ENABLE_ASYNC_EMBEDDING")
RAG_EMBEDDING_CONCURRENT_REQUESTS = setting("rag.embedding_concurrent_requests", 0, "RAG_EMBEDDING_CONCURRENT_REQUESTS")
RAG_RERANKING_ENGINE = setting("rag.reranking_engine", "", "RAG_RERANKING_ENGINE")
RAG_RERANKING_MODEL = setting("rag.reranking_model", "", "RAG_RERANKING_MODEL")
RAG_RERANKING_BATCH_SIZE = setting("rag.reranking_batch_size", 32, "RAG_RERANKING_BATCH_SIZE")
RAG_EXTERNAL_RERANKER_URL = setting("rag.external_reranker_url", "", "RAG_EXTERNAL_RERANKER_URL")
RAG_EXTERNAL_RERANKER_API_KEY = setting("rag.external_reranker_api_key", "", "RAG_EXTERNAL_RERANKER_API_KEY")
RAG_EXTERNAL_RERANKER_TIMEOUT = setting("rag.external_reranker_timeout", "", "RAG_EXTERNAL_RERANKER_TIMEOUT")
RAG_TEXT_SPLITTER = setting("rag.text_splitter", "", "RAG_TEXT_SPLITTER")
ENABLE_MARKDOWN_HEADER_TEXT_SPLITTER = setting(
    "rag.enable_markdown_header_text_splitter", True, "ENABLE_MARKDOWN_HEADER_TEXT_SPLITTER"
)
TIKTOKEN_ENCODING_NAME = setting("rag.tiktoken_encoding_name", "cl100k_base", "TIKTOKEN_ENCODING_NAME")
CHUNK_SIZE = setting("rag.chunk_size", 1000, "CHUNK_SIZE")
CHUNK_MIN_SIZE_TARGET = setting("rag.chunk_min_size_target", 0, "CHUNK_MIN_SIZE_TARGET")
CHUNK_OVERLAP = setting("rag.chunk_overlap", 100, "CHUNK_OVERLAP")
RAG_TEMPLATE = setting("rag.template", "", "RAG_TEMPLATE")
RAG_OPENAI_API_BASE_URL = setting("rag.openai.api_base_url", "https://api.openai.com/v1", "RAG_OPENAI_API_BASE_URL")
RAG_OPENAI_API_KEY = setting(
    "rag.openai.api_key",
    "",
    "RAG_OPENAI_API_KEY",
    "OPENAI_API_KEYS",
    "OPENAI_API_KEY",
    seed=paired_key("RAG_OPENAI_API_KEY"),
)
RAG_AZURE_OPENAI_BASE_URL = setting("rag.azure_openai.base_url", "", "RAG_AZURE_OPENAI_BASE_URL")
RAG_AZURE_OPENAI_API_KEY = setting("rag.azure_openai.api_key", "", "RAG_AZURE_OPENAI_API_KEY")
RAG_AZURE_OPENAI_API_VERSION = setting("rag.azure_openai.api_version", "", "RAG_AZURE_OPENAI_API_VERSION")
RAG_OLLAMA_BASE_URL = setting(
    "rag.ollama.base_url", "http://localhost:11434", "RAG_OLLAMA_BASE_URL", "OLLAMA_BASE_URL", "OLLAMA_API_BASE_URL"
)
RAG_OLLAMA_API_KEY = setting("rag.ollama.api_key", "", "RAG_OLLAMA_API_KEY")
YOUTUBE_LOADER_LANGUAGE = setting("rag.youtube_loader_language", ["en"], "YOUTUBE_LOADER_LANGUAGE", parse=split(","))
YOUTUBE_LOADER_PROXY_URL = setting("rag.youtube_loader_proxy_url", "", "YOUTUBE_LOADER_PROXY_URL")
ENABLE_WEB_SEARCH = setting("web.search.enable", False, "ENABLE_WEB_SEARCH")
ENABLE_WEB_SEARCH_CONFIRMATION = setting("web.search.confirmation.enable", False, "ENABLE_WEB_SEARCH_CONFIRMATION")
WEB_SEARCH_CONFIRMATION_CONTENT = setting(
    "web.search.confirmation.content",
    "This message will be sent to a web search engine. Continue?",
    "WEB_SEARCH_CONFIRMATION_CONTENT",
)
WEB_SEARCH_ENGINE = setting("web.search.engine", "", "WEB_SEARCH_ENGINE")
BYPASS_WEB_SEARCH_EMBEDDING_AND_RETRIEVAL = setting(
    "web.search.bypass_embedding_and_retrieval", False, "BYPASS_WEB_SEARCH_EMBEDDING_AND_RETRIEVAL"
)
BYPASS_WEB_SEARCH_WEB_LOADER = setting("web.search.bypass_web_loader", False, "BYPASS_WEB_SEARCH_WEB_LOADER")
WEB_SEARCH_RESULT_COUNT = setting("web.search.result_count", 3, "WEB_SEARCH_RESULT_COUNT")
WEB_SEARCH_DOMAIN_FILTER_LIST = setting("web.search.domain.filter_list", [], "WEB_SEARCH_DOMAIN_FILTER_LIST")
WEB_SEARCH_CONCURRENT_REQUESTS = setting("web.search.concurrent_requests", 0, "WEB_SEARCH_CONCURRENT_REQUESTS")
WEB_FETCH_MAX_CONTENT_LENGTH = setting(
    "web.fetch.max_content_length", None, "WEB_FETCH_MAX_CONTENT_LENGTH", parse=number
)
WEB_LOADER_ENGINE = setting("web.loader.engine", "", "WEB_LOADER_ENGINE")
WEB_LOADER_CONCURRENT_REQUESTS = setting("web.loader.concurrent_requests", 10, "WEB_LOADER_CONCURRENT_REQUESTS")
WEB_LOADER_TIMEOUT = setting("web.loader.timeout", "", "WEB_LOADER_TIMEOUT")
ENABLE_WEB_LOADER_SSL_VERIFICATION = setting("web.loader.ssl_verification", True, "ENABLE_WEB_LOADER_SSL_VERIFICATION")
WEB_SEARCH_TRUST_ENV = setting("web.search.trust_env", True, "WEB_SEARCH_TRUST_ENV")
OLLAMA_CLOUD_API_KEY = setting("web.search.ollama_cloud_api_key", "", "OLLAMA_CLOUD_API_KEY")
SEARXNG_QUERY_URL = setting("web.search.searxng_query_url", "", "SEARXNG_QUERY_URL")
OPENSERP_BASE_URL = setting("web.search.openserp_base_url", "http://localhost:7000", "OPENSERP_BASE_URL")
SEARXNG_LANGUAGE = setting("web.search.searxng_language", "all", "SEARXNG_LANGUAGE")
YACY_QUERY_URL = setting("web.search.yacy_query_url", "", "YACY_QUERY_URL")
YACY_USERNAME = setting("web.search.yacy_username", "", "YACY_USERNAME")
YACY_PASSWORD = setting("web.search.yacy_password", "", "YACY_PASSWORD")
GOOGLE_PSE_API_KEY = setting("web.search.google_pse_api_key", "", "GOOGLE_PSE_API_KEY")
GOOGLE_PSE_ENGINE_ID = setting("web.search.google_pse_engine_id", "", "GOOGLE_PSE_ENGINE_ID")
BRAVE_SEARCH_API_KEY = setting("web.search.brave_search_api_key", "", "BRAVE_SEARCH_API_KEY")
BRAVE_SEARCH_CONTEXT_TOKENS = setting("web.search.brave_search_context_tokens", 8192, "BRAVE_SEARCH_CONTEXT_TOKENS")
KAGI_SEARCH_API_KEY = setting("web.search.kagi_search_api_key", "", "KAGI_SEARCH_API_KEY")
MOJEEK_SEARCH_API_KEY = setting("web.search.mojeek_search_api_key", "", "MOJEEK_SEARCH_API_KEY")
BOCHA_SEARCH_API_KEY = setting("web.search.bocha_search_api_key", "", "BOCHA_SEARCH_API_KEY")
SERPSTACK_API_KEY = setting("web.search.serpstack_api_key", "", "SERPSTACK_API_KEY")
SERPSTACK_HTTPS = setting("web.search.serpstack_https", True, "SERPSTACK_HTTPS")
SERPER_API_KEY = setting("web.search.serper_api_key", "", "SERPER_API_KEY")
SERPLY_API_KEY = setting("web.search.serply_api_key", "", "SERPLY_API_KEY")
SERPHOUSE_API_KEY = setting("web.search.serphouse_api_key", "", "SERPHOUSE_API_KEY")
SERPHOUSE_DOMAIN = setting("web.search.serphouse_domain", "google.com", "SERPHOUSE_DOMAIN")
DDGS_BACKEND = setting("web.search.ddgs_backend", "auto", "DDGS_BACKEND")
JINA_API_KEY = setting("web.search.jina_api_key", "", "JINA_API_KEY")
JINA_API_BASE_URL = setting("web.search.jina_api_base_url", "", "JINA_API_BASE_URL")
SEARCHAPI_API_KEY = setting("web.search.searchapi_api_key", "", "SEARCHAPI_API_KEY")
SEARCHAPI_ENGINE = setting("web.search.searchapi_engine", "", "SEARCHAPI_ENGINE")
SERPAPI_API_KEY = setting("web.search.serpapi_api_key", "", "SERPAPI_API_KEY")
SERPAPI_ENGINE = setting("web.search.serpapi_engine", "", "SERPAPI_ENGINE")
BING_SEARCH_V7_ENDPOINT = setting(
    "web.search.bing_search_v7_endpoint", "https://api.bing.microsoft.com/v7.0/search", "BING_SEARCH_V7_ENDPOINT"
)
BING_SEARCH_V7_SUBSCRIPTION_KEY = setting(
    "web.search.bing_search_v7_subscription_key", "", "BING_SEARCH_V7_SUBSCRIPTION_KEY"
)
AZURE_AI_SEARCH_API_KEY = setting("web.search.azure_ai_search_api_key", "", "AZURE_AI_SEARCH_API_KEY")
AZURE_AI_SEARCH_ENDPOINT = setting("web.search.azure_ai_search_endpoint", "", "AZURE_AI_SEARCH_ENDPOINT")
AZURE_AI_SEARCH_INDEX_NAME = setting("web.search.azure_ai_search_index_name", "", "AZURE_AI_SEARCH_INDEX_NAME")
EXA_API_KEY = setting("web.search.exa_api_key", "", "EXA_API_KEY")
EXA_MAX_CONTENT_LENGTH = setting("web.search.exa_max_content_length", None, "EXA_MAX_CONTENT_LENGTH", parse=number)
PERPLEXITY_API_KEY = setting("web.search.perplexity_api_key", "", "PERPLEXITY_API_KEY")
PERPLEXITY_MODEL = setting("web.search.perplexity_model", "sonar", "PERPLEXITY_MODEL")
PERPLEXITY_SEARCH_CONTEXT_USAGE = setting(
    "web.search.perplexity_search_context_usage", "medium", "PERPLEXITY_SEARCH_CONTEXT_USAGE"
)
PERPLEXITY_SEARCH_API_URL = setting(
    "web.search.perplexity_search_api_url", "https://api.perplexity.ai/search", "PERPLEXITY_SEARCH_API_URL"
)
MICROSOFT_WEB_IQ_API_BASE_URL = setting(
    "web.search.microsoft_web_iq_api_base_url", "https://api.microsoft.ai/v3", "MICROSOFT_WEB_IQ_API_BASE_URL"
)
MICROSOFT_WEB_IQ_API_KEY = setting("web.search.microsoft_web_iq_api_key", "", "MICROSOFT_WEB_IQ_API_KEY")
MICROSOFT_WEB_IQ_LANGUAGE = setting("web.search.microsoft_web_iq_language", "en", "MICROSOFT_WEB_IQ_LANGUAGE")
SOUGOU_API_SID = setting("web.search.sougou_api_sid", "", "SOUGOU_API_SID")
SOUGOU_API_SK = setting("web.search.sougou_api_sk", "", "SOUGOU_API_SK")
TAVILY_API_KEY = setting("web.search.tavily_api_key", "", "TAVILY_API_KEY")
TAVILY_EXTRACT_DEPTH = setting("web.search.tavily_extract_depth", "basic", "TAVILY_EXTRACT_DEPTH")
TAVILY_SEARCH_DEPTH = setting("web.search.tavily_search_depth", "basic", "TAVILY_SEARCH_DEPTH")
STAAN_API_KEY = setting("web.search.staan_api_key", "", "STAAN_API_KEY")
STAAN_MARKET = setting("web.search.staan_market", "en-us", "STAAN_MARKET")
STAAN_MAX_SNIPPETS = setting("web.search.staan_max_snippets", 0, "STAAN_MAX_SNIPPETS")
PLAYWRIGHT_WS_URL = setting("web.loader.playwright_ws_url", "", "PLAYWRIGHT_WS_URL")
PLAYWRIGHT_TIMEOUT = setting("web.loader.playwright_timeout", 10000, "PLAYWRIGHT_TIMEOUT")
FIRECRAWL_API_KEY = setting("web.loader.firecrawl_api_key", "", "FIRECRAWL_API_KEY")
FIRECRAWL_API_BASE_URL = setting("web.loader.firecrawl_api_url", "https://api.firecrawl.dev", "FIRECRAWL_API_BASE_URL")
FIRECRAWL_TIMEOUT = setting("web.loader.firecrawl_timeout", "", "FIRECRAWL_TIMEOUT")
EXTERNAL_WEB_SEARCH_URL = setting("web.search.external_web_search_url", "", "EXTERNAL_WEB_SEARCH_URL")
EXTERNAL_WEB_SEARCH_API_KEY = setting("web.search.external_web_search_api_key", "", "EXTERNAL_WEB_SEARCH_API_KEY")
EXTERNAL_WEB_LOADER_URL = setting("web.loader.external_web_loader_url", "", "EXTERNAL_WEB_LOADER_URL")
EXTERNAL_WEB_LOADER_API_KEY = setting("web.loader.external_web_loader_api_key", "", "EXTERNAL_WEB_LOADER_API_KEY")
YANDEX_WEB_SEARCH_URL = setting("web.search.yandex_web_search_url", "", "YANDEX_WEB_SEARCH_URL")
YANDEX_WEB_SEARCH_API_KEY = setting("web.search.yandex_web_search_api_key", "", "YANDEX_WEB_SEARCH_API_KEY")
YANDEX_WEB_SEARCH_CONFIG = setting("web.search.yandex_web_search_config", "", "YANDEX_WEB_SEARCH_CONFIG")
YOUCOM_API_KEY = setting("web.search.youcom_api_key", "", "YOUCOM_API_KEY", "YDC_API_KEY")
LINKUP_API_KEY = setting("web.search.linkup_api_key", "", "LINKUP_API_KEY")
LINKUP_SEARCH_PARAMS = setting("web.search.linkup_search_params", {}, "LINKUP_SEARCH_PARAMS")
