"""What other systems call our tables and columns: names in small letters without blanks and signs."""

# The words of a file's name, in the singular, that speak for a table of ours.
TABLE_WORDS = {
    "customers": "customer policyholder subscriber kunde kunden",
    "clients": "client account company organization organisation customer firma firmen",
    "contacts": "contact lead person kontakt kontakte",
    "staff": "staff user employee team rep owner people mitarbeiter",
    "agents": "agent operator",
    "advisors": "advisor adviser berater",
    "products": "product item good sku pricebook produkt produkte",
    "enrollments": "enrollment subscription contract policy vertrag verträge",
    "opportunities": "opportunity deal pipeline",
    "stage_changes": "history stage",
    "service_interactions": "ticket case incident request issue vorgang vorgänge anfrage anfragen",
    "interactions": "interaction activity call visit meeting",
    "interaction_types": "type reason",
    "followup_actions": "followup task todo reminder activity aufgabe aufgaben",
    "conversations": "conversation chat thread",
    "messages": "message",
    "campaigns": "campaign mailing",
    "templates": "template",
    "campaign_recipients": "recipient",
    "retention": "churn retention cancellation",
    "engagement": "session engagement pageview event",
    "account_balances": "balance kontostand kontostände saldo salden",
    "market_data": "market index",
}
PERSON = (
    "customer customerid account accountid accountname client clientid contact contactid requester requesterid company "
    "companyid organization organizationid whoid userid subscriberid associatedcompanyid associatedcompanyids "
    "associatedcontactids associatedcompany kundennr kundennummer kundenid kunde "
    # Where there is no id, an address says who it is.
    "requesteremail customeremail clientemail contactemail useremail email"
)
STAFF = (
    "agent agentid assignee assigneeid owner ownerid user userid staff staffid rep repid salesrep salesagent advisor "
    "advisorid assignedto assignedtouser employee employeeid berater beraternr mitarbeiter bearbeiter"
)
CREATED = (
    "createdat created createddate creationdate datecreated createdon createtime opened openedat opendate "
    "createdate createdtime erstelltam angelegtam angelegt"
)
COLUMN_WORDS = {
    "full_name": "name displayname contactname accountname customername agentname username account client salesagent",
    "first_name": "firstname givenname vorname name requester",
    "last_name": "lastname surname familyname nachname",
    "email": "email mail emailaddress requesteremail",
    "phone": "phone phonenumber telephone tel mobile mobilephone telefon",
    "company": "company companyname organization organisation accountname employer",
    "created_at": f"{CREATED} engagedate engaged engagedat signupdate startdate",
    "closed_at": "closedat closedate closed closeddate closedon geschlossenam",
    "opened_at": f"{CREATED} startedat date",
    "date": f"{CREATED} date timestamp starttime day datum stichtag",
    "interaction_date": f"{CREATED} date calldate at starttime timestamp",
    "sent_at": f"{CREATED} sentat date timestamp",
    "changed_at": f"{CREATED} changedat changedate date",
    "resolved_at": "solvedat solved resolvedat resolutiondate closedat",
    "first_response_at": "firstreplyat firstresponseat firstreplycreatedat firstrepliedat",
    "duration_minutes": "duration handlingtime handling talktime calltime callduration calllength dauer",
    "satisfaction_score": "satisfaction satisfactionscore csat rating satisfactionrating surveyresults surveyresult",
    "channel": "channel via medium inbox origin",
    "reason_code": "reason category topic type tags subjectarea reasoncode",
    "topic": "topic subject category labels",
    "resolution_status": "status state resolution",
    "status": "status state done",
    "summary": "subject summary description notes",
    "notes": "notes note description subject",
    "text": "text body content message",
    "sender": "sender sendertype messagetype direction",
    "stage": "stage stagename dealstage salesstage status",
    "to_stage": "stage stagename newstage tostage newvalue",
    "from_stage": "oldstage fromstage previousstage oldvalue",
    "value": "amount value closevalue dealvalue dealamount total betrag wert",
    "team": "team group groupname department region regionaloffice userrole userrolename",
    "role": "role title position jobtitle",
    "customer_segment": "segment tier contract plan kundensegment",
    "address_city": "city town billingcity ort stadt",
    "address_state": "state province billingstate",
    "birth_date": "birthdate birthday dob dateofbirth geburtsdatum geburtstag",
    "enrollment_date": "enrollmentdate signupdate customersince joined startdate createdat kundeseit",
    "product_id": "product productid item sku produktnr produkt",
    "product_name": "name productname product title bezeichnung",
    "product_category": "category series family productfamily kategorie",
    "management_fee_fixed": "gebühr fee",
    "balance": "saldo kontostand",
    "contributions_mtd": "contributions deposits einzahlungen",
    "withdrawals_mtd": "withdrawals auszahlungen",
    "min_investment": "price salesprice listprice unitprice",
    "followup_date": "duedate due dueat date",
    "due_date": "activitydate deadline",
    "completed_at": "completedat completeddatetime completeddate completedon completed doneat donedate donetime markedasdonetime",
    "action": "subject title task tasksubject activity",
    "name": "name dealname opportunityname title",
    "type_name": "name typename",
    "churn_reason": "churnreason reason cancelreason",
    "customer_id": PERSON,
    "client_id": PERSON,
    "contact_id": PERSON,
    "agent_id": STAFF,
    "staff_id": STAFF,
    "owner_id": STAFF,
    "advisor_id": STAFF,
}
# Units of durations that are not ours, by the words that say so in the name of a column; and ours.
UNITS = {
    "seconds": ("second", "seconds", "sec", "secs", "s", "sekunden"),
    "hours": ("hour", "hours", "hrs", "h", "stunden"),
    "milliseconds": ("ms", "milliseconds", "millis"),
}
UNIVERSAL = ("utc", "gmt")  # in the name of a column of times
MINUTES = ("minute", "minutes", "min", "mins", "m", "minuten")
# Parts of their words that say which of ours is meant.
MEANINGS = {
    "stage": (("won", "Won"), ("lost", "Lost"), ("verloren", "Lost"), ("disqualif", "Lost"), ("unqualif", "Lost"),
              ("abandon", "Lost"), ("qualif", "Qualified"), ("engag", "Qualified"), ("prospect", "Lead"),
              ("lead", "Lead"), (" new", "Lead")),
    "resolution_status": (("partial", "Partially Resolved"), ("teilweise", "Partially Resolved"),
                          ("unresolved", "Unresolved"), ("abandon", "Unresolved"), ("solved", "Resolved"),
                          ("closed", "Resolved"), (" done", "Resolved"), (" open", "Unresolved"), ("pending", "Unresolved"),
                          (" new", "Unresolved"), (" hold", "Unresolved"),
                          ("waiting", "Unresolved"), ("erledigt", "Resolved"), ("gelöst", "Resolved"),
                          ("offen", "Unresolved")),
    "satisfaction_score": (("unhappy", "1"), ("dissatisfied", "1"), ("unsatisfied", "1"), (" bad", "1"),
                           ("neutral", "3"), ("happy", "5"), ("satisfied", "5"), ("good", "5")),
}  # fmt: skip
MEANINGS["to_stage"] = MEANINGS["from_stage"] = MEANINGS["stage"]
# Words for roles of those who are no staff, in a list of users that holds both.
CLIENT_ROLES = ("end-user", "enduser", "customer", "client", "requester", "contact")
