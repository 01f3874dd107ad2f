"""The official Python clients of OpenAI, Anthropic and Ollama, pointed at a live server with an API key."""

import pytest

pytestmark = pytest.mark.live

HELLO = [{"role": "user", "content": "hi"}]
TOOL = {"name": "weather", "description": "d", "parameters": {"type": "object", "properties": {}}}
CALL = {"tool_calls": [{"name": "weather", "arguments": {"city": "Rome"}}]}


@pytest.fixture
def key(live, provider):
    live.backend.execute("UPDATE config SET value = 'true' WHERE key = 'auth.enable_api_keys'")
    answer = live.admin.post("/api/v1/auths/api_key")
    assert answer.status_code == 200, answer.text
    return answer.json()["api_key"]


@pytest.fixture
def openai(live, key):
    return pytest.importorskip("openai").OpenAI(api_key=key, base_url=live.url + "/api/v1", max_retries=0)


@pytest.fixture
def anthropic(live, key):
    return pytest.importorskip("anthropic").Anthropic(api_key=key, base_url=live.url + "/api", max_retries=0)


@pytest.fixture
def ollama(live, key):
    return pytest.importorskip("ollama").Client(live.url + "/ollama", headers={"Authorization": f"Bearer {key}"})


class TestOpenAI:
    def test_models(self, openai):
        assert "gpt-test" in [model.id for model in openai.models.list()]

    def test_chat(self, openai, provider):
        provider.say("hello you")
        answer = openai.chat.completions.create(model="gpt-test", messages=HELLO)
        assert answer.choices[0].message.content == "hello you"

    def test_stream(self, openai, provider):
        provider.say("hello you")
        chunks = openai.chat.completions.create(model="gpt-test", messages=HELLO, stream=True)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "hello you"

    def test_stream_of_an_ollama_model(self, openai, provider):
        provider.say("hello you")
        chunks = openai.chat.completions.create(model="llama-test:latest", messages=HELLO, stream=True)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "hello you"

    def test_tools(self, openai, provider):
        provider.say(CALL)
        tools = [{"type": "function", "function": TOOL}]
        answer = openai.chat.completions.create(model="gpt-test", messages=HELLO, tools=tools)
        assert answer.choices[0].message.tool_calls[0].function.arguments == '{"city": "Rome"}'

    def test_pictures(self, openai, provider):
        parts = [{"type": "text", "text": "?"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]
        openai.chat.completions.create(model="gpt-test", messages=[{"role": "user", "content": parts}])
        assert provider.chats()[-1]["messages"][-1]["content"] == parts

    def test_embeddings(self, openai):
        answer = openai.embeddings.create(model="gpt-test", input=["a", "b"], encoding_format="float")
        assert len(answer.data) == 2

    def test_embeddings_of_an_ollama_model(self, openai):
        answer = openai.embeddings.create(model="llama-test:latest", input="a")
        assert answer.data[0].embedding == [0.1, 0.2]

    def test_streamed_tools(self, openai, provider):
        provider.say(CALL)
        tools = [{"type": "function", "function": TOOL}]
        with openai.chat.completions.stream(model="gpt-test", messages=HELLO, tools=tools) as stream:
            (call,) = stream.get_final_completion().choices[0].message.tool_calls
        assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Rome"}')

    def test_a_tools_result_goes_back(self, openai, provider):
        call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
        said = [
            *HELLO,
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "sun"},
        ]
        openai.chat.completions.create(model="gpt-test", messages=said)
        sent = provider.chats()[-1]["messages"]
        assert sent[1]["tool_calls"] == [call] and sent[2] == said[2]

    def test_an_error(self, openai, provider):
        import openai as package

        provider.say({"error": 429, "message": "slow down"})
        with pytest.raises(package.RateLimitError, match="slow down"):
            openai.chat.completions.create(model="gpt-test", messages=HELLO)

    def test_responses(self, live, key, provider):
        client = pytest.importorskip("openai").OpenAI(api_key=key, base_url=live.url + "/openai", max_retries=0)
        provider.say("said so")
        assert client.responses.create(model="gpt-test", input="hi").output_text == "said so"
        provider.say("said so")
        events = list(client.responses.create(model="gpt-test", input="hi", stream=True))
        assert [one.type for one in events] == ["response.output_text.delta", "response.completed"]
        assert events[-1].response.output_text == "said so"


class TestAnthropic:
    def test_message(self, anthropic, provider):
        provider.say("hello you")
        answer = anthropic.messages.create(model="gpt-test", max_tokens=5, messages=HELLO)
        assert answer.content[0].text == "hello you"

    def test_stream(self, anthropic, provider):
        provider.say("hello you")
        with anthropic.messages.stream(model="gpt-test", max_tokens=5, messages=HELLO) as stream:
            assert "".join(stream.text_stream) == "hello you"

    def test_tools(self, anthropic, provider):
        provider.say(CALL)
        tools = [{"name": "weather", "description": "d", "input_schema": {"type": "object"}}]
        answer = anthropic.messages.create(model="gpt-test", max_tokens=5, messages=HELLO, tools=tools)
        assert (answer.stop_reason, answer.content[0].input) == ("tool_use", {"city": "Rome"})

    def test_streamed_tools_and_thinking(self, anthropic, provider):
        provider.say({"reasoning": "hm", **CALL})
        tools = [{"name": "weather", "description": "d", "input_schema": {"type": "object"}}]
        with anthropic.messages.stream(model="gpt-test", max_tokens=5, messages=HELLO, tools=tools) as stream:
            final = stream.get_final_message()
        assert [one.type for one in final.content] == ["thinking", "tool_use"]
        assert (final.stop_reason, final.content[1].input) == ("tool_use", {"city": "Rome"})

    def test_pictures_and_results(self, anthropic, provider):
        source = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
        used = {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Rome"}}
        said = [
            {"role": "user", "content": [{"type": "image", "source": source}, {"type": "text", "text": "?"}]},
            {"role": "assistant", "content": [used]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "sun"}]},
        ]
        anthropic.messages.create(model="gpt-test", max_tokens=5, system="Be kind.", messages=said)
        system, asked, called, result = provider.chats()[-1]["messages"]
        assert system == {"role": "system", "content": "Be kind."}
        assert asked["content"][0]["image_url"]["url"] == "data:image/png;base64,AAAA"
        assert called["tool_calls"][0]["function"] == {"name": "weather", "arguments": '{"city":"Rome"}'}
        assert result == {"role": "tool", "tool_call_id": "t1", "content": "sun"}

    def test_an_error(self, anthropic, provider):
        import anthropic as package

        provider.say({"error": 429, "message": "slow down"})
        with pytest.raises(package.RateLimitError, match="slow down"):
            anthropic.messages.create(model="gpt-test", max_tokens=5, messages=HELLO)
        with pytest.raises(package.BadRequestError):
            anthropic.messages.create(model="nope", max_tokens=5, messages=HELLO)

    def test_counting(self, anthropic):
        assert anthropic.messages.count_tokens(model="gpt-test", messages=HELLO).input_tokens == 42


class TestOllama:
    def test_models(self, ollama):
        assert [model.model for model in ollama.list().models] == ["llama-test:latest"]

    def test_chat(self, ollama, provider):
        provider.say("hello you")
        assert ollama.chat(model="llama-test:latest", messages=HELLO).message.content == "hello you"

    def test_stream(self, ollama, provider):
        provider.say("hello you")
        parts = ollama.chat(model="llama-test:latest", messages=HELLO, stream=True)
        assert "".join(part.message.content for part in parts) == "hello you"

    def test_show_and_embed(self, ollama):
        assert ollama.show("llama-test:latest").capabilities == ["completion"]
        assert len(ollama.embed(model="llama-test:latest", input="a").embeddings) == 1

    def test_tools_and_pictures(self, ollama, provider):
        provider.say(CALL)
        messages = [{"role": "user", "content": "?", "images": ["AAAA"]}]
        answer = ollama.chat(
            model="llama-test:latest", messages=messages, tools=[{"type": "function", "function": TOOL}]
        )
        assert answer.message.tool_calls[0].function.arguments == {"city": "Rome"}
        assert provider.chats()[-1]["messages"][0]["images"] == ["AAAA"]

    def test_generate(self, ollama):
        assert ollama.generate(model="llama-test:latest", prompt="?").response == "ok"

    def test_management(self, ollama, provider):
        provider.loaded = ["llama-test:latest"]
        assert [one.model for one in ollama.ps().models] == ["llama-test:latest"]
        assert ollama.copy("llama-test:latest", "other").status == "success"
        assert ollama.delete("llama-test:latest").status == "success"
        assert [one.status for one in ollama.create(model="m", from_="llama-test:latest", stream=True)][-1] == "success"

    def test_an_error(self, ollama):
        import ollama as package

        with pytest.raises(package.ResponseError) as raised:
            ollama.chat(model="nope", messages=HELLO)
        assert raised.value.status_code == 400

    def test_pull_with_progress(self, ollama):
        assert [one.status for one in ollama.pull("m:1", stream=True)][-1] == "success"
