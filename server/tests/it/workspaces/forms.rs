//! What all forms of pages have in common: who may send them, and in which form the answer comes.

use axum::body::Body;
use http::{Request, StatusCode};
use types::{failure::Failure, form::Form};

use crate::support::{MEMBER, OWNER, TestApp, forms::refusal, hidden};

#[tokio::test]
async fn every_form_refuses_strangers_forgers_other_sites_and_other_media_types() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let others = app.signed_in(MEMBER).await.csrf().await;
    for form in Form::ALL {
        let path = form.path();
        let json = Request::post(&path).header("content-type", "application/json");
        let answer = owner.send_whole(json.body(Body::from("{}")).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{form}");
        for headers in [[("sec-fetch-site", "cross-site")], [("origin", "https://evil.example")]] {
            let answer = owner.post_from(&path, &[], &headers).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{form} {headers:?}");
        }
        if form.is_for_strangers() {
            continue;
        }
        let mut stranger = app.browser();
        let answer = stranger.send_plain_form(form, &[("from", "/o/acme/settings/members")]).await;
        assert_eq!(answer.location(), "/sign-in?next=/o/acme/settings/members", "{form}");
        assert_eq!(stranger.is_refused(form, &[]).await, Failure::SignedOut, "{form}");
        for csrf in ["", "x", others.as_str()] {
            let refused = owner.is_refused(form, &[("csrf", csrf)]).await;
            assert!(matches!(refused, Failure::Forbidden(_)), "{form} {csrf}: {refused:?}");
        }
    }
    assert_eq!(owner.post("/forms/unknown", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn signing_in_again_voids_no_form_of_the_same_person() {
    let app = TestApp::start().await;
    let mut member = app.signed_in(MEMBER).await;
    let csrf = member.csrf().await;
    member.sign_in(MEMBER).await;
    member.does(Form::ChangeName, &[("csrf", &csrf), ("name", "Mel Again")]).await;
    member.sign_in(OWNER).await;
    let answer = member.send_form(Form::ChangeName, &[("csrf", &csrf), ("name", "Mel Taken")]).await;
    assert!(matches!(refusal(&answer), Failure::Forbidden(_)));
}

#[tokio::test]
async fn a_plain_form_leads_on_and_its_page_says_once_what_was_done() {
    let app = TestApp::start().await;
    let mut member = app.signed_in(MEMBER).await;
    let answer = member.send_plain_form(Form::ChangeName, &[("name", "Mel <b>New</b>")]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/settings/profile"));
    let page = member.get("/settings/profile").await.body;
    assert!(page.contains("Your name is changed.") && page.contains("Mel &lt;b&gt;New&lt;/b&gt;"), "{page}");
    assert!(!member.get("/settings/profile").await.body.contains("Your name is changed."));
    // The cookie is as good as whoever sets it: its text is shown as text.
    member.cookies.insert("gatepass-notice_4000".to_owned(), "PHNjcmlwdD4x".to_owned());
    let page = member.get("/settings/profile").await.body;
    assert!(page.contains("&lt;script&gt;1") && !page.contains("<script>1"), "{page}");
    member.cookies.insert("gatepass-notice_4000".to_owned(), "%%%".to_owned());
    assert_eq!(member.get("/settings/profile").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_question_is_asked_and_answered_without_the_application() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let fields = [("organization", "acme"), ("product", "sales"), ("from", "/o/acme/settings/products")];
    let question = owner.send_plain_form(Form::DeleteProduct, &fields).await;
    assert_eq!(question.status, StatusCode::OK);
    let said = &question.body;
    assert!(said.contains("Delete Sales?") && said.contains("Type Sales to confirm"), "{said}");
    let [csrf, sure] = ["csrf", "sure"].map(|name| hidden(said, name));
    assert_eq!(sure, "yes");
    let mut sent = fields.to_vec();
    sent.extend([("csrf", csrf.as_str()), ("sure", "yes")]);
    let wrong =
        owner.send_plain_form(Form::DeleteProduct, &[&sent[..], &[("confirm", "sales")]].concat()).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("Delete Sales?") && wrong.body.contains("role=\"alert\""), "{}", wrong.body);
    let done =
        owner.send_plain_form(Form::DeleteProduct, &[&sent[..], &[("confirm", "Sales")]].concat()).await;
    assert_eq!(done.location(), "/o/acme/settings/products");
    assert_eq!(owner.get("/o/acme/sales").await.status, StatusCode::NOT_FOUND);
}
