"""What an administrator sees of everybody's feedback."""

from blueprints.evaluations import elo, forms
from blueprints.evaluations.area import area
from models.feedbacks import Feedback
from utils.access.roles import admin
from utils.http.parse import takes


@area.get("/feedbacks/list")
@admin
@takes(query=forms.FeedbackQuery)
def list_feedback(query):
    rows, total = Feedback.page_of(query["page"], query["order_by"], query["direction"], query["model_id"])
    return {"items": [_listed(row) for row in rows], "total": total}


def _listed(row):
    author = {name: row[f"user_{name}"] for name in Feedback.AUTHOR}
    return {**{name: row[name] for name in Feedback.LISTED}, "user": author if author["id"] else None}


@area.get("/feedbacks/models")
@admin
def rated_models():
    return Feedback.rated_models()


@area.get("/leaderboard")
@admin
@takes(query=forms.LeaderboardQuery)
def leaderboard(query):
    return {"entries": elo.leaderboard(Feedback.ratings())}
