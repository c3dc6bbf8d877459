"""Every address of the portal; none of the console's is among them."""

from __future__ import annotations

from django.urls import path

from shanhou.console.portal.views import enter, inside, public, speak, status

urlpatterns = [
    path("", public.start, name="start"),
    path("language", public.choose_language, name="language"),
    path("print", public.choose_print, name="print"),
    path("verify.html", public.verifier, name="verifier"),
    path("c/<slug:number>/", public.notice, name="notice"),
    path("c/<slug:number>/in/", enter.typed, name="enter"),
    path("c/<slug:number>/lost/", enter.lost, name="lost"),
    path("c/<slug:number>/behalf/", enter.behalf, name="behalf"),
    path("n/<slug:number>/<str:token>/", enter.link, name="link"),
    path("c/<slug:number>/me/", inside.mine, name="mine"),
    path("c/<slug:number>/me/answer/", speak.answer, name="answer"),
    path("c/<slug:number>/me/ask/<slug:kind>/", speak.ask, name="ask"),
    path("c/<slug:number>/me/prove/", inside.prove, name="prove"),
    path("c/<slug:number>/me/parcel/<int:parcel>", inside.parcel, name="parcel"),
    path("c/<slug:number>/me/signed", inside.signed, name="signed"),
    path("c/<slug:number>/me/opinion/", speak.opinion, name="opinion"),
    path("c/<slug:number>/me/leave", inside.leave, name="leave"),
    path("r/", status.find, name="find"),
    path("r/<str:typed>/", status.receipt, name="receipt"),
]

handler400 = "shanhou.console.portal.views.problems.bad"
handler403 = "shanhou.console.portal.views.problems.forbidden"
handler404 = "shanhou.console.portal.views.problems.not_found"
handler500 = "shanhou.console.portal.views.problems.broken"
