"""Every address of the console. The portal has its own list, and shares none of these."""

from __future__ import annotations

from django.urls import include, path

from shanhou.console.api import whole
from shanhou.console.views import (
    act,
    approve,
    case,
    cases,
    data,
    hooks,
    plan,
    start,
    tell,
    tokens,
    work,
)

_CASE = [
    path("", case.home, name="case"),
    path("people/", case.people, name="people"),
    path("people/invite", case.invite, name="invite"),
    path("people/key", case.own_key, name="own_key"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/make", tokens.make_token, name="make_token"),
    path("tokens/revoke", tokens.revoke_token, name="revoke_token"),
    path("hooks/", hooks.hooks, name="hooks"),
    path("hooks/make", hooks.make_hook, name="make_hook"),
    path("hooks/test", hooks.test_hook, name="test_hook"),
    path("hooks/remove", hooks.remove_hook, name="remove_hook"),
    path("file/", case.case_file, name="case_file"),
    path("dates/", case.dates, name="dates"),
    path("dates.ics", case.dates_file, name="dates_file"),
    path("jobs/<int:job>/", work.job, name="job"),
    path("jobs/<int:job>/line", work.job_line, name="job_line"),
    path("do/<slug:kind>", work.do, name="do"),
    path("sources/", data.sources, name="sources"),
    path("sources/upload", data.upload, name="upload"),
    path("sources/database", data.database, name="database"),
    path("inventory/", data.inventory, name="inventory"),
    path("inventory/review", data.review, name="review"),
    path("inventory/dataset", data.dataset, name="dataset"),
    path("facts/", data.facts, name="facts"),
    path("facts/declare", data.declare, name="declare"),
    path("facts/bind", data.bind, name="bind"),
    path("customers/", data.customers, name="customers"),
    path("plan/", plan.plan, name="plan"),
    path("plan/situation/<str:situation>/", plan.situation, name="situation"),
    path("plan/rule/<str:rule>/", plan.rule, name="rule"),
    path("approvals/", approve.approvals, name="approvals"),
    path("approvals/sign", approve.sign, name="sign"),
    path("approvals/sheet.pdf", approve.sheet, name="sheet"),
    path("notices/", tell.notices, name="notices"),
    path("answers/", tell.answers, name="answers"),
    path("answers/import", tell.import_answers, name="import_answers"),
    path("requests/", tell.requests, name="requests"),
    path("requests/answer", tell.answer, name="answer"),
    path("holds/", tell.holds, name="holds"),
    path("holds/set", tell.hold, name="hold"),
    path("execution/", act.execution, name="execution"),
    path("execution/stream", act.stream, name="stream"),
    path("execution/receipt", act.receipt, name="receipt"),
    path("evidence/", act.evidence, name="evidence"),
    path("evidence/log/", act.log, name="log"),
    path("evidence/pack.zip", act.pack, name="pack"),
    path("evidence/report.html", act.report, name="report"),
    path("evidence/certificate/<str:called>.pdf", act.certificate, name="certificate"),
    path("evidence/package/<str:name>", act.package, name="package"),
]

urlpatterns = [
    path("", work.mine, name="work"),
    path("start/", start.first, name="first"),
    path("invited/<str:secret>/", start.invited, name="invited"),
    path("language", start.choose, name="language"),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
    path("api/v1/openapi.json", whole.description, name="openapi"),
    path("api/v1/", whole.api.urls),
    path("cases/", cases.all_cases, name="cases"),
    path("cases/new/", cases.new, name="new"),
    path("cases/<slug:number>/take", cases.take, name="take"),
    path("cases/<slug:number>/", include(_CASE)),
]

handler403 = "shanhou.console.views.problems.forbidden"
handler404 = "shanhou.console.views.problems.not_found"
handler500 = "shanhou.console.views.problems.broken"
