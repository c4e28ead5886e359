"""Staff: how they get in, what keeps others out, what each role may, and what is written down of it."""

import time

import pyotp
import pytest

from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import MAY, Permission, Role
from interplay.faces.http.app import ROUTES
from interplay.faces.http.staff import COOKIE
from interplay.faces.http.visits import NEEDS, PERMISSION, Caller
from tests.faces.http.test_who_may import CALLS

PASSWORD = "seven slow snails"
HERE = {"sec-fetch-site": "same-origin"}


class Person:
    """Somebody of the staff at a browser of her own."""

    def __init__(self, shop, email):
        self.shop, self.email, self.cookie = shop, email, ""

    def call(self, method, path, body=None, headers=HERE, **more):
        self.shop.client.cookies.clear()
        cookies = {"cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}
        found = self.shop.client.request(method, f"/api{path}", json=body, headers={**headers, **cookies}, **more)
        if COOKIE in found.cookies or f"{COOKIE}=" in found.headers.get("set-cookie", ""):
            self.cookie = found.cookies.get(COOKIE, "")
        return found

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body=None, **more):
        return self.call("POST", path, body, **more)

    def sign_in(self, password=PASSWORD, **more):
        return self.post("/staff/sessions", {"email": self.email, "password": password, **more})

    def begin_second_factor(self):
        """Set codes up; return what makes them, the one that confirmed it, and the recovery codes."""
        codes = pyotp.TOTP(self.post("/staff/me/second-factor", {"password": PASSWORD}).json()["secret"])
        first = codes.now()
        confirmed = self.post("/staff/me/second-factor/confirm", {"code": first})
        assert confirmed.status_code == 200, confirmed.text
        return codes, first, confirmed.json()["codes"]


def code(answer):
    return answer.status_code, answer.json()["code"]


def hire(shop, role, email=None):
    """Invite somebody by the key of an administrator; she joins and signs in."""
    person = Person(shop, email or f"{role}@example.com")
    invited = shop.post("/api/staff/invitations", {"email": person.email, "role": role}, key="admin")
    assert invited.status_code == 201, invited.text
    ask = {"token": invited.json()["token"], "name": role.title(), "password": PASSWORD}
    assert person.post("/staff/join", ask).json() == {"email": person.email}
    assert person.sign_in().status_code == 201
    return person


@pytest.fixture
def owner(own_shop):
    return hire(own_shop, "owner")


@pytest.fixture(scope="module")
def staff(shop):
    """One of each role, in the shop that tests only read."""
    return {role.value: hire(shop, role.value) for role in Role}


def test_who_is_invited_sets_a_password_signs_in_and_out(own_shop, owner):
    me = owner.get("/staff/me").json()
    assert (me["email"], me["role"], me["has_second_factor"]) == ("owner@example.com", "owner", False)
    assert me["permissions"] == [one.value for one in Permission]
    assert owner.get("/keys").status_code == 200
    cookie = owner.cookie
    assert owner.call("DELETE", "/staff/sessions").status_code == 200
    owner.cookie = cookie
    assert code(owner.get("/staff/me")) == (401, "staff.not_signed_in")


def test_the_cookie_is_for_no_script_no_other_site_and_another_each_time(owner):
    first = owner.cookie
    answer = owner.sign_in()
    told = answer.headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=strict" in told
    assert "path=/" in told
    assert owner.cookie not in (first, "")
    planted = Person(owner.shop, owner.email)
    planted.cookie = "chosen-by-somebody-else"
    planted.sign_in()
    assert planted.cookie != "chosen-by-somebody-else"


def test_over_https_the_cookie_goes_over_nothing_else(tmp_path):
    from interplay.kernel.settings import Serve
    from tests.faces.http.conftest import open_shop

    for shop in open_shop(tmp_path / "data", Serve(proxies=1)):
        person = hire(shop, "owner")
        secure = {**HERE, "x-forwarded-proto": "https"}
        ask = {"email": person.email, "password": PASSWORD}
        assert "secure" in person.post("/staff/sessions", ask, headers=secure).headers["set-cookie"].lower()


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
                                     {"sec-fetch-site": "none"}, {"origin": "https://evil.example"}])  # fmt: skip
def test_a_page_of_another_site_changes_nothing(owner, headers):
    ask = {"name": "till", "scopes": ["read"]}
    assert code(owner.post("/keys", ask, headers=headers)) == (403, "staff.other_site")
    assert "till" not in {one["name"] for one in owner.get("/keys").json()["items"]}
    assert code(owner.post("/staff/sessions", {"email": owner.email, "password": PASSWORD}, headers=headers)) == (
        403,
        "staff.other_site",
    )


def test_a_browser_that_says_only_its_origin_is_let_in(owner):
    headers = {"origin": str(owner.shop.client.base_url)}
    assert owner.post("/keys", {"name": "till", "scopes": ["read"]}, headers=headers).status_code == 201


@pytest.mark.parametrize("ask", [{"email": "owner@example.com", "password": "wrong and long enough"},
                                 {"email": "nobody@example.com", "password": PASSWORD}])  # fmt: skip
def test_whether_an_account_exists_is_not_said(owner, ask):
    assert code(owner.post("/staff/sessions", ask)) == (401, "staff.sign_in")


def test_passwords_cannot_be_tried_one_after_the_other(owner):
    answers = [owner.sign_in("wrong and long enough").status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    assert code(owner.sign_in()) == (429, "staff.too_often")
    assert int(owner.sign_in().headers["retry-after"]) > 0


@pytest.mark.parametrize("password", ["short", "x" * 30, "owner owner owner", "ownerownerowner1"])
def test_a_password_that_is_easily_guessed_is_refused(owner, password):
    ask = {"password": PASSWORD, "new_password": password}
    assert code(owner.post("/staff/me/password", ask)) == (400, "staff.password")


def test_another_password_ends_all_other_sessions(own_shop, owner):
    elsewhere = Person(own_shop, owner.email)
    elsewhere.sign_in()
    wrong = {"password": "not hers at all", "new_password": "eight slow snails"}
    assert code(owner.post("/staff/me/password", wrong)) == (403, "staff.password_wrong")
    assert owner.post("/staff/me/password", {**wrong, "password": PASSWORD}).status_code == 204
    assert owner.get("/staff/me").status_code == 200
    assert elsewhere.get("/staff/me").status_code == 401
    assert elsewhere.sign_in().status_code == 401
    assert elsewhere.sign_in("eight slow snails").status_code == 201


def test_with_a_second_factor_each_code_signs_in_once(own_shop, owner):
    codes, first, recovery = owner.begin_second_factor()
    assert len(set(recovery)) == 10
    other = Person(own_shop, owner.email)
    assert code(other.sign_in()) == (401, "staff.code_needed")
    assert code(other.sign_in(code="000000")) == (401, "staff.code_used")
    assert code(other.sign_in(code=first)) == (401, "staff.code_used"), "it confirmed the app"
    assert other.sign_in(code=codes.at(time.time() + 30)).status_code == 201
    assert other.sign_in(code=recovery[0]).status_code == 201
    assert code(other.sign_in(code=recovery[0])) == (401, "staff.code_used")
    assert code(other.sign_in("wrong and long enough", code=recovery[1])) == (401, "staff.sign_in")
    assert other.post("/staff/me/second-factor/drop", {"password": PASSWORD}).status_code == 204
    assert other.get("/staff/me").json()["has_second_factor"] is False


def test_codes_are_asked_for_once_the_app_has_shown_one(owner):
    assert code(owner.post("/staff/me/second-factor/confirm", {"code": "123456"})) == (409, "staff.factor_none")
    wrong = {"password": "not hers at all"}
    assert code(owner.post("/staff/me/second-factor", wrong)) == (403, "staff.password_wrong")
    owner.post("/staff/me/second-factor", {"password": PASSWORD})
    assert code(owner.post("/staff/me/second-factor/confirm", {"code": "12 34"})) == (403, "staff.code")
    assert owner.sign_in().status_code == 201, "nothing is asked for yet"
    owner.begin_second_factor()
    assert code(owner.post("/staff/me/second-factor", {"password": PASSWORD})) == (409, "staff.factor_there")


def test_an_invitation_is_good_once_and_the_newest_only(own_shop, owner):
    first = owner.post("/staff/invitations", {"email": "Li@Example.com", "role": "agent"}).json()
    second = owner.post("/staff/invitations", {"email": "li@example.com ", "role": "analyst"}).json()
    li = Person(own_shop, "li@example.com")
    join = {"name": "Li", "password": PASSWORD}
    assert code(li.post("/staff/join", {**join, "token": first["token"]})) == (404, "staff.invitation")
    assert code(li.post("/staff/join", {**join, "token": second["token"], "password": "short"})) == (
        400, "staff.password",
    )  # fmt: skip
    assert li.post("/staff/join", {**join, "token": second["token"]}).status_code == 200
    assert code(li.post("/staff/join", {**join, "token": second["token"]})) == (404, "staff.invitation")
    assert li.sign_in().json()["role"] == "analyst"
    again = {"email": "li@example.com", "role": "owner"}
    assert code(owner.post("/staff/invitations", again)) == (409, "staff.taken")


def test_who_lost_password_and_phone_gets_in_again_by_an_owner(own_shop, owner):
    li = hire(own_shop, "agent")
    li.begin_second_factor()
    assert code(owner.post("/staff/resets", {"email": "nobody@example.com"})) == (404, "staff.unknown")
    token = owner.post("/staff/resets", {"email": li.email, "drops_second_factor": True}).json()["token"]
    assert li.post("/staff/join", {"token": token, "password": "nine slow snails"}).status_code == 200
    assert li.get("/staff/me").status_code == 401, "whoever has the old session is out"
    assert li.sign_in("nine slow snails").json()["name"] == "Agent"


def test_another_role_and_a_closed_account_hold_at_once(own_shop, owner):
    li = hire(own_shop, "analyst")
    assert code(li.get("/customers?identifier=li")) == (403, "staff.may_not")
    assert owner.post(f"/staff/{li.email}", {"role": "agent"}).status_code == 204
    assert li.get("/customers?identifier=li").status_code == 200
    assert owner.post(f"/staff/{li.email}", {"is_disabled": True}).status_code == 204
    assert li.get("/staff/me").status_code == 401
    assert code(li.sign_in()) == (401, "staff.sign_in")
    assert owner.post(f"/staff/{li.email}", {"is_disabled": False}).status_code == 204
    assert li.sign_in().status_code == 201


@pytest.mark.parametrize("ask", [{"role": "clerk"}, {"is_disabled": True}])
def test_the_last_owner_stays(owner, ask):
    assert code(owner.post(f"/staff/{owner.email}", ask)) == (409, "staff.last_owner")
    assert owner.get("/keys").status_code == 200


@pytest.mark.parametrize("role", [role.value for role in Role])
@pytest.mark.parametrize(("method", "path"), list(CALLS))
def test_each_role_opens_what_its_permissions_say(staff, method, path, role):
    person, route = staff[role], ROUTE_OF[method, path.partition("?")[0]]
    answer = person.call(method, path.removeprefix("/api"))
    is_permitted = route.opt.get(PERMISSION, Permission.GOVERN) in MAY[Role(role)]
    if is_permitted:
        assert answer.status_code in (200, 400, 404)
    else:
        assert code(answer) == (403, "staff.may_not")


@pytest.mark.parametrize("role", ["analyst", "agent", "clerk"])
def test_nobody_but_marketers_and_owners_changes_campaigns(staff, role):
    assert code(staff[role].post("/documents/apply", {"documents": []})) == (403, "staff.may_not")


def test_where_customers_data_goes_is_for_owners(staff):
    webhook = {"kind": "webhook", "name": "out", "url": "https://elsewhere.example", "facts": ["order.completed"]}
    assert code(staff["marketer"].post("/documents/apply", {"documents": [webhook]})) == (403, "staff.documents")


def test_whoever_changes_something_is_written_down_with_what_and_how_it_ended(own_shop, owner):
    segment = {"kind": "segment", "name": "regulars", "criteria": "true", "label": {"en": "R", "zh": "常"}}
    owner.post("/documents/apply", {"documents": [segment]})
    own_shop.post("/api/keys", {"name": "till", "scopes": ["read"]}, key="admin")
    owner.post("/customers/phone/13800138000/tags", {"tag": "vip"})
    owner.get("/keys")
    owner.post("/segments/count", {"criteria": "true"})  # a question
    owner.post("/staff/me/password", {"password": "not hers at all", "new_password": "eight slow snails"})
    found = wait_for_lines(owner)
    lines = [(one["who"], one["action"], one["place"], one["status"]) for one in found]
    assert lines[:4] == [
        ("owner@example.com", "changeMyPassword", "/api/staff/me/password", 403),
        ("owner@example.com", "addTag", "/api/customers/phone/…/tags", 404),
        ("admin", "makeKey", "/api/keys", 201),
        ("owner@example.com", "applyDocuments", "/api/documents/apply segment regulars", 400),
    ]
    assert lines[-2:] == [
        ("owner@example.com", "signInStaff", "/api/staff/sessions", 201),
        ("admin", "inviteStaff", "/api/staff/invitations owner@example.com", 201),
    ]
    only = owner.get("/audit?who=admin&limit=1").json()
    assert [one["action"] for one in only["items"]] == ["makeKey"]
    rest = owner.get(f"/audit?who=admin&limit=1&cursor={only['next']}").json()
    assert [one["action"] for one in rest["items"]] == ["inviteStaff"]


def wait_for_lines(owner):
    """Return the audit log once each line says how it ended: nobody waits for that."""
    for _ in range(50):
        found = owner.get("/audit").json()["items"]
        if all(one["status"] for one in found):
            break
        time.sleep(0.05)
    return found


def test_nothing_secret_is_in_the_database(own_shop, owner):
    codes, _, recovery = owner.begin_second_factor()
    files = b"".join(one.read_bytes() for one in own_shop.reach.home.folder.glob("*.sqlite*"))
    for secret in (PASSWORD, owner.cookie, codes.secret, recovery[0]):
        assert secret.encode() not in files


def route_of(method, path):
    for route in ROUTES:
        if method not in route.http_methods:
            continue
        for template in route.paths:
            parts, given = template.strip("/").split("/"), path.removeprefix("/api").strip("/").split("/")
            if len(parts) == len(given) and all(a == b or a.startswith("{") for a, b in zip(parts, given, strict=True)):
                yield route, template


def best(method, path):
    """Of several templates that fit, the one that says most by itself: as routers choose."""
    return min(route_of(method, path), key=lambda one: one[1].count("{"))[0]


ROUTE_OF = {(method, path.partition("?")[0]): best(method, path.partition("?")[0]) for method, path in CALLS}
OF_STAFF = [route for route in ROUTES if route.opt[NEEDS] is Caller.STAFF]


def test_every_route_for_keys_is_tried_with_every_role():
    tried = {id(route) for route in ROUTE_OF.values()}
    assert {id(route) for route in ROUTES if isinstance(route.opt[NEEDS], Scope)} == tried


@pytest.mark.parametrize("route", OF_STAFF, ids=lambda one: one.operation_id)
def test_what_is_ones_own_takes_a_session(shop, route):
    (method,) = route.http_methods - {"OPTIONS"}
    nobody = Person(shop, "nobody@example.com")
    assert code(nobody.call(method, route.paths.copy().pop())) == (401, "staff.not_signed_in")
