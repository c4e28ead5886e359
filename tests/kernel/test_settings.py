"""The settings file and the environment over it; every mistake names its place."""

import pytest

from interplay.kernel.errors import AppError
from interplay.kernel.settings import FILE_NAME, Brand, Serve, Settings, Warehouse, dump, load

BRAND = '[brand]\nname = "Corner Coffee"\n'


@pytest.fixture
def loaded(tmp_path):
    def load_text(text, **environ):
        content = text if isinstance(text, bytes) else text.encode()
        (tmp_path / FILE_NAME).write_bytes(content)
        return load(tmp_path, environ)

    return load_text


def refusal(call, *args, **environ):
    with pytest.raises(AppError) as refused:
        call(*args, **environ)
    return refused.value


def test_what_is_written_is_read_again(tmp_path):
    brand = Brand('山间 "咖啡"', "Europe/London", "GBP", "GB", {"USD": "0.79", "JPY": "0.0052"})
    settings = Settings(brand, Serve(port=1), Warehouse(threads=7))
    (tmp_path / FILE_NAME).write_bytes(dump(settings))
    assert load(tmp_path, {}) == settings


def test_a_brands_name_is_enough(loaded):
    settings = loaded(BRAND)
    assert (settings.brand.timezone, settings.brand.currency, settings.serve.port) == ("Asia/Shanghai", "CNY", 8000)


def test_the_environment_is_over_the_file(loaded):
    text = BRAND + "[serve]\nport = 9001\nhost = '0.0.0.0'\n"
    settings = loaded(text, INTERPLAY_PORT="9000", INTERPLAY_MEMORY_MB_MAX="512", UNRELATED="x")
    assert (settings.serve.port, settings.serve.host, settings.warehouse.memory_mb_max) == (9000, "0.0.0.0", 512)


def test_the_whole_url_of_the_database_may_come_from_the_environment(loaded):
    text = f'{BRAND}[database]\nurl = "postgresql://shop@db/shop"\n'
    assert loaded(text).database.url == "postgresql://shop@db/shop"
    url = "postgresql://shop:secret@db/shop"
    assert loaded(text, INTERPLAY_DATABASE_URL=url, INTERPLAY_URL="x").database.url == url
    assert loaded(BRAND).database.url == ""


def test_a_wrong_value_from_the_environment_names_the_variable(loaded):
    wrong = refusal(loaded, BRAND, INTERPLAY_PORT="eighty")
    assert "INTERPLAY_PORT" in str(wrong)
    assert "eighty" in str(wrong)
    assert "INTERPLAY_PORT" in wrong.text("zh")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[brand]\n", "name"),
        (BRAND + "colour = 'red'\n", "colour"),
        (BRAND + "[serve]\nport = 'eighty'\n", "$.serve.port"),
        (BRAND + "[server]\nport = 1\n", "server"),
        ("serve = 5\n" + BRAND, "$.serve"),
        ("[brand\n", "line 1"),
        (b"\xff\xfe[brand]", "utf-8"),
    ],
)
def test_a_wrong_file_is_named_with_the_place(loaded, tmp_path, text, place):
    wrong = refusal(loaded, text, INTERPLAY_HOST="::")
    assert wrong.code == "settings.file"
    assert str(tmp_path / FILE_NAME) in str(wrong)
    assert place in str(wrong)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("timezone = 'Shanghai'", "settings.timezone"),
        ("timezone = ''", "settings.timezone"),
        ("currency = 'RMB'", "settings.currency"),
        ("currency = 'cny'", "settings.currency"),
        ("region = 'China'", "settings.region"),
        ("region = 'cn'", "settings.region"),
        ("rates = {USD = 'seven'}", "settings.rate"),
        ("rates = {USD = '0'}", "settings.rate"),
        ("rates = {USD = '-7.1'}", "settings.rate"),
        ("rates = {USD = 'NaN'}", "settings.rate"),
        ("rates = {USD = 'Infinity'}", "settings.rate"),
        ("rates = {DOLLAR = '7.1'}", "settings.rate"),
    ],
)
def test_what_gives_old_facts_their_meaning_is_checked(loaded, line, code):
    assert refusal(loaded, BRAND + line + "\n").code == code


def test_a_folder_without_settings_says_how_to_make_one(tmp_path):
    wrong = refusal(load, tmp_path / "nowhere", {})
    assert wrong.code == "settings.no_directory"
    assert f"interplay init {tmp_path / 'nowhere'}" in str(wrong)


def test_a_file_is_no_data_directory(tmp_path):
    (tmp_path / "file").write_text("")
    assert refusal(load, tmp_path / "file", {}).code == "settings.no_directory"


def test_no_variable_means_two_settings():
    assert not set(Serve.__struct_fields__) & set(Warehouse.__struct_fields__)
