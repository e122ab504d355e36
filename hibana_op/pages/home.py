"""The front page of a deployment: who is signed in here, and the way in or out."""

from starlette.responses import Response

from hibana_op.records import users
from hibana_op.web.visit import Visit


async def home(visit: Visit) -> Response:
    """Shows whether somebody is signed in."""
    session = visit.session
    user = await users.find(visit.site.op.db, session.user_id) if session else None
    return visit.page(
        "home.html",
        current_url=visit.site.url("/"),
        account={"name": user.name, "email": user.email} if user else None,
        csrf=visit.csrf,
        login_url=None if user else visit.site.url("/login"),
    )
