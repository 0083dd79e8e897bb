# ruff: noqa
# mypy: ignore-errors
# fmt: off
from tests.browser.test_story import press, tab, shoot
from tests.browser.conftest import resize
from lti_app.sandbox.schoology import gradebook as far_book
def runall(frame, page):
    pass
def both(page, name):
    for w in (900, 360):
        resize(page, w, 2600)
        page.wait_for_timeout(300)
        shoot(page, f"{name}-{w}", full=True)
    resize(page, 1280, 900)
import pytest
pytestmark=[pytest.mark.browser,pytest.mark.long]
def test_zz_admin(synced, open_browser, check_axe):
    page = open_browser(viewport={"width":1280,"height":900}).new_page()
    from tests.browser.conftest import choose_person, open_app
    page.set_default_timeout(20000)
    store=synced.store
    sid=next(s for s,sec in store.sections.items() if sec.section_school_code)
    cat=far_book.add_category(store, sid, "Homework") if hasattr(far_book,"add_category") else None
    choose_person(page, synced, "Avery Admin")
    frame=open_app(page, synced)
    frame.get_by_role("navigation").get_by_role("button", name="Configuration", exact=True).first.click()
    page.wait_for_timeout(500)
    both(page,"a0-conf")
    frame.get_by_role("button", name="Open grade settings", exact=True).first.click()
    page.wait_for_timeout(800)
    both(page,"a1-grades")
    frame.get_by_label("Find schools and courses").fill("")
    press(frame,"Find"); page.wait_for_timeout(800)
    both(page,"a2-found")
    boxes=frame.locator('input[name="place"]'); print("boxes",boxes.count())
    frame.get_by_label("Every course of Valley Hill Elementary School").check()
    press(frame,"Preview SIS categories in Schoology"); page.wait_for_timeout(1500)
    both(page,"a3-queued")
    check_axe(page,"grades")
    tab(frame,"Logs"); page.wait_for_timeout(4000)
    tab(frame,"Logs"); both(page,"a4-logs")
    print(frame.locator("main").first.inner_text()[:1500])
    frame.locator("main table tbody button, main table tbody a").first.click()
    page.wait_for_timeout(1500)
    both(page,"a5-preview"); check_axe(page,"preview")
    frame.locator('form[action="/admin/grades/categories/make"] button').first.click(); page.wait_for_timeout(5000)
    both(page,"a6-made-queued")
    tab(frame,"Logs"); page.wait_for_timeout(5000); tab(frame,"Logs")
    both(page,"a6-logs")
    frame.locator("main table tbody button, main table tbody a").first.click()
    page.wait_for_timeout(1500)
    both(page,"a7-made"); check_axe(page,"made")
    press(frame,"Remove unused categories…"); page.wait_for_timeout(1000)
    both(page,"a8-remove"); check_axe(page,"remove")
    press(frame,"Yes, remove them"); page.wait_for_timeout(4000)
    tab(frame,"Logs"); page.wait_for_timeout(3000); tab(frame,"Logs")
    frame.locator("main table tbody button, main table tbody a").first.click()
    page.wait_for_timeout(1000)
    both(page,"a9-removed")
